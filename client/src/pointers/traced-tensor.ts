import type { DataType } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import { frozenForm } from './frozen-form.ts';
import { guard } from './habits/guard.ts';
import { lookLikeTensors } from './habits/look-like-tensors.ts';
import { STAND_IN } from './habits/tensor-guards.ts';
import { PointerMisuseError } from './misuse.ts';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';

/** A traced function asked for the form of a tensor of which it is not known. */
export class FormUnknownError extends PointerMisuseError {
  constructor(name: string, what: string) {
    super(
      `The ${what} of ${name} is not known while this function is traced: it depends on values at the worker, or on an input whose form is not known; await ready() of the input first, or give hook.plan the option inputs`,
    );
  }
}

/** What a traced tensor is made of. */
export interface TracedTensorParts {
  readonly name: string;
  readonly trace: object;
  readonly form: OutputSpec;
  /**
   * Called when the function asks for the form: its plan then holds for this form alone; with an error
   * when it is not known.
   */
  readonly onFormRead: (unknown?: FormUnknownError) => void;
}

/** Stands for a tensor while a plan is traced: it has a name and perhaps a form, and never values. */
export class TracedTensor extends TensorHandle<TracedTensor> {
  /** What its plan calls it. */
  readonly name: string;
  /** Its own id: its name. */
  readonly id: string;
  /** The trace that it belongs to. */
  readonly trace: object;
  /** What is known of it; reading this leaves no mark. @internal */
  readonly form: OutputSpec;
  readonly #onFormRead: TracedTensorParts['onFormRead'];

  constructor(hook: TensorHook, { name, trace, form, onFormRead }: TracedTensorParts) {
    super(hook);
    this.name = name;
    this.id = name;
    this.trace = trace;
    this.form = frozenForm(form);
    this.#onFormRead = onFormRead;
    Object.freeze(this);
  }

  /** @throws FormUnknownError when it is not known: the function would go on with a wrong one. */
  override get shape(): readonly number[] {
    return this.#known('shape', this.form.shape);
  }

  /** @throws FormUnknownError when it is not known. */
  override get dtype(): DataType {
    return this.#known('dtype', this.form.dtype);
  }

  override toString(): string {
    return `[TracedTensor ${this.name}]`;
  }

  /** Its name: reading its form would bind the plan to that form. */
  toJSON(): object {
    return { name: this.name };
  }

  #known<T>(what: string, value: T | null): T {
    const unknown = value === null ? new FormUnknownError(this.name, what) : undefined;
    this.#onFormRead(unknown);
    if (unknown !== undefined) throw unknown;
    return value as T;
  }
}

/** What pointers do that is no operation on values. */
const POINTER_METHODS = [
  'allow',
  'describe',
  'dispose',
  'exists',
  'get',
  'move',
  'ready',
  'release',
  'remoteGet',
  'remoteSend',
  'send',
  'tag',
] as const;

for (const method of POINTER_METHODS) {
  Object.defineProperty(TracedTensor.prototype, method, {
    configurable: true,
    value(): never {
      throw new PointerMisuseError(
        `${method}() has no meaning while a plan is traced; return the tensor and call ${method}() on what run() gives`,
      );
    },
  });
}

lookLikeTensors(TracedTensor);
guard(TracedTensor, STAND_IN);
