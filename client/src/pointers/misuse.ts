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

/** `1 argument`, `2 arguments`: a count as messages of calls have it. */
export function countArguments(count: number): string {
  return `${count} ${count === 1 ? 'argument' : 'arguments'}`;
}

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

/** What is said of arithmetic and comparisons. */
const OPERATOR_ADVICE =
  'JavaScript has no operators for tensors; write a.add(b), a.mul(2), a.greater(3), a.equal(b) and so on';

/**
 * The printed form where a text is wanted, and advice where JavaScript would calculate. Node's
 * `console.log('%d', pointer)` gets NaN, which it prints: a line of a log ends no program.
 */
export function toPrimitive(pointer: object, hint: string): string | number {
  if (hint === 'string') return String((pointer as { toString(): string }).toString());
  if (hint === 'number' && isPrinting()) return Number.NaN;
  throw new PointerMisuseError(OPERATOR_ADVICE);
}

/** True while Node's console formats a line. */
function isPrinting(): boolean {
  return /\bat formatWithOptions/.test(new Error('asked for a number').stack ?? '');
}
