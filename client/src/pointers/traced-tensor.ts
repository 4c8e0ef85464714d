import type { DataType } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import { nameForTensorFlow, PointerMisuseError } from './misuse.ts';
import { TensorHandle } from './tensor-handle.ts';
import type { TensorHook } from './tensor-hook.ts';

/** Stands for a tensor while a plan is traced: it has a name and perhaps a form, and never values. */
export class TracedTensor extends TensorHandle<TracedTensor> {
  /** What its plan calls it. */
  readonly name: string;
  /** The trace that it belongs to. */
  readonly trace: object;
  readonly #form: OutputSpec;

  constructor(
    hook: TensorHook,
    {
      name,
      trace,
      form,
    }: { readonly name: string; readonly trace: object; readonly form: OutputSpec },
  ) {
    super(hook);
    this.name = name;
    this.trace = trace;
    this.#form = form;
  }

  get shape(): readonly number[] | null {
    return this.#form.shape;
  }

  get dtype(): DataType | null {
    return this.#form.dtype;
  }

  override toString(): string {
    return `[TracedTensor ${this.name}]`;
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
    value(): never {
      throw new PointerMisuseError(
        `${method}() has no meaning while a plan is traced; return the tensor and call ${method}() on what run() gives`,
      );
    },
  });
}

nameForTensorFlow(TracedTensor, 'TracedTensor, an input or result of a plan');
