/** What a pointer answers to what only a local tensor can do. */

/** Methods of a tensor that give values at once, or to a callback: a pointer has none here. */
const READING_METHODS = [
  'array',
  'arraySync',
  'buffer',
  'bufferSync',
  'bytes',
  'data',
  'dataSync',
  'dataToGPU',
  'print',
] as const;

/** Arithmetic on an object, which JavaScript would turn into NaN or a joined text. */
export class PointerMisuseError extends TypeError {
  override readonly name = 'PointerMisuseError';
  readonly code = 'pointer-misuse';
}

/** A property that pointers do not have, and what stands for it when a plan is traced may have. */
export class ForeignNameError extends PointerMisuseError {}

/** Gives a class of pointers the advice that each reading method of a tensor needs. */
export function refuseReading(prototype: object): void {
  for (const method of READING_METHODS) {
    Object.defineProperty(prototype, method, {
      configurable: true,
      value(this: unknown): never {
        throw new PointerMisuseError(
          `${method}() needs the values, which are not on this machine; await get() and call ${method}() on its tensor`,
        );
      },
    });
  }
  Object.defineProperty(prototype, 'item', {
    configurable: true,
    value(this: unknown): never {
      throw new PointerMisuseError(
        'item() would bring a value here unasked; await get() and read the tensor it gives',
      );
    },
  });
}

/** An input of a plan was used as a number, which it may be once the plan runs. */
export class InputAsNumberError extends PointerMisuseError {}

/** A plan's function gave a number, where a scalar tensor may be meant. */
export class PlainOutputError extends PointerMisuseError {}

/** What is said of arithmetic and comparisons. */
export const OPERATOR_ADVICE =
  'JavaScript has no operators for tensors; write a.add(b), a.mul(2), a.greater(3), a.equal(b) and so on';

/** The printed form where a text is wanted, and advice where JavaScript would calculate. */
export function toPrimitive(pointer: object, hint: string): string {
  if (hint === 'string') return String((pointer as { toString(): string }).toString());
  throw new PointerMisuseError(OPERATOR_ADVICE);
}

/** What a name says to who gave a pointer to TensorFlow.js itself. */
export const TENSORFLOW_ADVICE =
  'call hook.tf instead of tf (for gradients hook.valueAndGrads), or await get() first';

/**
 * TensorFlow.js names the class of an argument that is no tensor in its error; the name then says
 * what to do.
 */
export function nameForTensorFlow(kind: object, what: string): void {
  // Asked by TensorFlow.js; stack traces take a name that is a value only, and so keep the class's own.
  Object.defineProperty(kind, 'name', {
    get: () => `${what}: ${TENSORFLOW_ADVICE}`,
  });
}
