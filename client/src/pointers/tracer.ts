import type { Tensor } from '@tensorflow/tfjs';
import { inferOperation, type OutputSpec } from '../execution/index.ts';
import {
  type CommandArgument,
  encodeAttributes,
  encodeBase64,
  encodeValue,
  type PlanConstant,
  type PlanForm,
  type RemoteDtype,
  type RemotePlan,
  type TensorArgument,
  type WireCommand,
} from '../protocol/index.ts';
import { arrangeResults } from './arrange-results.ts';
import type { BoundCall } from './bind-call.ts';
import { isLocalTensor } from './local-tensor.ts';
import { PointerMisuseError } from './misuse.ts';
import { inferRequestOf, mapTensors } from './operands.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { contentOf } from './tensor-content.ts';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';
import { type FormUnknownError, TracedTensor } from './traced-tensor.ts';

/** What stands for a tensor from outside the traced function. */
export type Captured = PointerTensor | TracedTensor;

/** How a function is traced. */
export interface TraceOptions {
  /** Forms of the inputs, with `null` for what is not known. */
  readonly forms: readonly OutputSpec[];
  /** True makes remote tensors from outside further inputs; false refuses them. */
  readonly captures: boolean;
  /** Local tensors as they were when the function was traced before; mutated. @default none */
  readonly constants?: WeakMap<Tensor, PlanConstant> | undefined;
}

/** Writes down the operations of a function instead of doing them. */
export class Tracer {
  readonly inputs: readonly TracedTensor[];
  readonly #hook: TensorHook;
  readonly #captures: boolean;
  readonly #commands: WireCommand[] = [];
  readonly #constants: PlanConstant[] = [];
  readonly #constantNames = new Map<Tensor, string>();
  readonly #captured = new Map<Captured, string>();
  readonly #snapshots: WeakMap<Tensor, PlanConstant>;
  #resultCount = 0;
  #readsForms = false;
  #formUnknown: FormUnknownError | undefined;

  constructor(hook: TensorHook, { forms, captures, constants }: TraceOptions) {
    this.#hook = hook;
    this.#captures = captures;
    this.#snapshots = constants ?? new WeakMap();
    this.inputs = forms.map((form, index) => this.#named(`i${index}`, form));
  }

  /** True once the function has asked for a form: what is written down may hold for no other. */
  get readsForms(): boolean {
    return this.#readsForms;
  }

  /** Notes that the function has asked for a form. */
  markFormRead(): void {
    this.#readsForms = true;
  }

  /** Remote tensors from outside, in the order of the inputs that they are after the arguments. */
  get captured(): readonly Captured[] {
    return [...this.#captured.keys()];
  }

  /**
   * Writes an operation down.
   *
   * @throws CommandError when the operation can't take what it got.
   */
  call(call: BoundCall): unknown {
    const { name, operation, attributes } = call;
    // How many tensors it makes depends on its input's shape.
    if (operation.outputs === 'list') this.markFormRead();
    // The seed is drawn when the plan runs; any will do to learn the forms.
    const seeded = operation.isRandom ? { seed: 0, ...attributes } : attributes;
    const request = inferRequestOf({ ...call, attributes: seeded });
    const forms = inferOperation(this.#hook.localTf, request);
    const args = mapTensors(call, (item) => this.#argumentOf(item));
    return arrangeResults(operation, this.write(name, { args, attributes, forms }));
  }

  /** Writes any command down and stands in for what it will make. */
  write(
    op: string,
    command: {
      readonly args: readonly CommandArgument[];
      readonly attributes: Readonly<Record<string, unknown>>;
      readonly forms: readonly OutputSpec[];
    },
  ): TracedTensor[] {
    const results = command.forms.map((form) => {
      this.#resultCount += 1;
      return this.#named(`t${this.#resultCount - 1}`, form);
    });
    const names = results.map(({ name }) => name);
    this.#commands.push([op, command.args, encodeAttributes(command.attributes), names]);
    return results;
  }

  /** What the plan calls a tensor. */
  nameOf(value: TensorHandle<unknown>): string {
    if (value instanceof TracedTensor && value.trace === this) return value.name;
    if (!this.#captures || !isCaptured(value)) throw outside(value);
    const name = this.#captured.get(value) ?? `i${this.inputs.length + this.#captured.size}`;
    this.#captured.set(value, name);
    return name;
  }

  /**
   * The plan of everything written down.
   *
   * @throws FormUnknownError when the function asked for a form that is not known, and went on with
   * something else.
   */
  finish(outputs: readonly unknown[]): RemotePlan {
    if (this.#formUnknown !== undefined) throw this.#formUnknown;
    return {
      schema: 1,
      inputs: this.inputs.length + this.#captured.size,
      ...(this.#readsForms && !this.#captures
        ? { forms: this.inputs.map(({ form }) => form as PlanForm) }
        : {}),
      constants: this.#constants,
      commands: this.#commands,
      outputs: outputs.map((output) => this.#outputName(output)),
    };
  }

  #named(name: string, form: OutputSpec): TracedTensor {
    const { shape, dtype } = form;
    return new TracedTensor(this.#hook, {
      name,
      trace: this,
      form: { shape: shape && Object.freeze([...shape]), dtype },
      onFormRead: (unknown) => {
        this.markFormRead();
        this.#formUnknown ??= unknown;
      },
    });
  }

  #argumentOf(value: unknown): TensorArgument {
    if (value instanceof TensorHandle) return this.nameOf(value);
    return this.#isLocal(value) ? this.#constantName(value) : { value: encodeValue(value) };
  }

  #outputName(output: unknown): string {
    if (output instanceof TensorHandle) return this.nameOf(output);
    if (this.#isLocal(output)) return this.#constantName(output);
    throw wrongOutput(output);
  }

  /** A local tensor becomes part of the plan, with the values of the first trace that meets it. */
  #constantName(tensor: Tensor): string {
    const known = this.#constantNames.get(tensor);
    if (known !== undefined) return known;
    const name = `c${this.#constants.length}`;
    const snapshot = this.#snapshots.get(tensor) ?? snapshotOf(tensor);
    this.#snapshots.set(tensor, snapshot);
    this.#constants.push(snapshot);
    this.#constantNames.set(tensor, name);
    return name;
  }

  #isLocal(value: unknown): value is Tensor {
    return isLocalTensor(this.#hook, value);
  }
}

function snapshotOf(tensor: Tensor): PlanConstant {
  if (tensor.isDisposed) {
    throw new PointerMisuseError(
      `A plan's function uses a local tensor of shape [${tensor.shape}] that was disposed before it was traced; keep the tensor until the first run(), give hook.plan the option inputs, or make the tensor an argument`,
    );
  }
  const { shape, dtype, bytes } = contentOf(tensor);
  return { shape: [...shape], dtype: dtype as RemoteDtype, data: encodeBase64(bytes) };
}

function wrongOutput(output: unknown): PointerMisuseError {
  return new PointerMisuseError(
    `A plan's function gave ${output === null ? 'null' : typeof output}, expected tensors, or arrays and plain objects of them; return tensors`,
  );
}

function isCaptured(value: TensorHandle<unknown>): value is Captured {
  return value instanceof PointerTensor || value instanceof TracedTensor;
}

function outside(value: TensorHandle<unknown>): PointerMisuseError {
  const pointer = value instanceof PointerTensor ? `a pointer to ${value.location.id}` : undefined;
  const what = pointer ?? (value instanceof TracedTensor ? String(value) : 'a multi-pointer');
  return new PointerMisuseError(
    `A plan uses ${what} that is not one of its inputs; make it an argument of the plan's function`,
  );
}
