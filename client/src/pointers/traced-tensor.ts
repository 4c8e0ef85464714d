import type { DataType } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import { PointerMisuseError } from './misuse.ts';
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

for (const method of ['get', 'send', 'move', 'ready', 'dispose', 'exists', 'remoteGet']) {
  Object.defineProperty(TracedTensor.prototype, method, {
    value(): never {
      throw new PointerMisuseError(
        `${method}() has no meaning while a plan is traced; return the tensor and call ${method}() on what run() gives`,
      );
    },
  });
}
