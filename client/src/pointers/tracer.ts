import type { Tensor } from '@tensorflow/tfjs';
import { inferOperation, type OutputSpec } from '../execution/index.ts';
import {
  type CommandArgument,
  encodeAttributes,
  encodeBase64,
  encodeValue,
  type PlanConstant,
  type RemoteDtype,
  type RemotePlan,
  type TensorArgument,
  type WireCommand,
} from '../protocol/index.ts';
import { arrangeResults } from './arrange-results.ts';
import type { BoundCall } from './bind-call.ts';
import { eachOf, inferRequestOf, UNKNOWN } from './operands.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { contentOf } from './tensor-content.ts';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';
import { TracedTensor } from './traced-tensor.ts';

/** What stands for a tensor from outside the traced function. */
export type Captured = PointerTensor | TracedTensor;

/** How a function is traced. */
export interface TraceOptions {
  /** Forms of the arguments; `undefined` for one that any tensor may be. */
  readonly forms: readonly (OutputSpec | undefined)[];
  /** True makes remote tensors from outside further inputs; false refuses them. */
  readonly captures: boolean;
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
  #resultCount = 0;

  constructor(hook: TensorHook, { forms, captures }: TraceOptions) {
    this.#hook = hook;
    this.#captures = captures;
    this.inputs = forms.map((form, index) => this.#named(`i${index}`, form ?? UNKNOWN));
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
    const { name, operation, tensors, attributes } = call;
    // The seed is drawn when the plan runs; any will do to learn the forms.
    const seeded = operation.isRandom ? { seed: 0, ...attributes } : attributes;
    const request = inferRequestOf({ ...call, attributes: seeded });
    const forms = inferOperation(this.#hook.localTf, request);
    const args = tensors.map((value) => eachOf(value, (item) => this.#argumentOf(item)));
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

  /** The plan of everything written down. */
  finish(outputs: readonly unknown[]): RemotePlan {
    return {
      schema: 1,
      inputs: this.inputs.length + this.#captured.size,
      constants: this.#constants,
      commands: this.#commands,
      outputs: outputs.map((output) => this.#outputName(output)),
    };
  }

  #named(name: string, form: OutputSpec): TracedTensor {
    return new TracedTensor(this.#hook, { name, trace: this, form });
  }

  #argumentOf(value: unknown): TensorArgument {
    if (value instanceof TensorHandle) return this.nameOf(value);
    return this.#isLocal(value) ? this.#constantName(value) : { value: encodeValue(value) };
  }

  #outputName(output: unknown): string {
    if (output instanceof TensorHandle) return this.nameOf(output);
    if (this.#isLocal(output)) return this.#constantName(output);
    throw new TypeError(
      `A plan's function gave ${typeof output}, allowed are tensors, and arrays and plain objects of them`,
    );
  }

  /** A local tensor becomes part of the plan, with the values that it has now. */
  #constantName(tensor: Tensor): string {
    const known = this.#constantNames.get(tensor);
    if (known !== undefined) return known;
    const name = `c${this.#constants.length}`;
    const { shape, dtype, bytes } = contentOf(tensor);
    this.#constants.push({ shape, dtype: dtype as RemoteDtype, data: encodeBase64(bytes) });
    this.#constantNames.set(tensor, name);
    return name;
  }

  #isLocal(value: unknown): value is Tensor {
    return value instanceof this.#hook.localTf.Tensor;
  }
}

function isCaptured(value: TensorHandle<unknown>): value is Captured {
  return value instanceof PointerTensor || value instanceof TracedTensor;
}

function outside(value: TensorHandle<unknown>): TypeError {
  const pointer = value instanceof PointerTensor ? `a pointer to ${value.location.id}` : undefined;
  const what = pointer ?? (value instanceof TracedTensor ? String(value) : 'a multi-pointer');
  return new TypeError(
    `A plan uses ${what} that is none of its inputs; make it an argument of the plan's function`,
  );
}
