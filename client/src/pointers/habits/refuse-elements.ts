/**
 * What TensorFlow.js answers to a list of numbers that holds pointers. It looks for numbers in each
 * object of a list, finds none in a pointer, and makes a tensor of fewer elements than its shape says.
 */
import { PointerMisuseError } from '../misuse.ts';

/** TensorFlow.js asks every element of a list for `then`; set when a pointer was asked since. */
let wasPointerAsked = false;

/** Notes that a pointer was asked for `then`, as elements of lists and awaited values are. */
export function notePointerAsked(): void {
  wasPointerAsked = true;
}

/**
 * Refuses values that are fewer than their shape says, when a pointer was asked since the last time;
 * what else TensorFlow.js does with such lists stays as it is.
 *
 * @throws PointerMisuseError
 */
export function assertNoPointerElements(values: unknown, shape: unknown, dtype: unknown): void {
  if (!wasPointerAsked) return;
  wasPointerAsked = false;
  if (dtype === 'complex64' || !Array.isArray(shape)) return;

  const count = (values as { readonly length?: unknown } | null | undefined)?.length;
  const expected = shape.reduce((product: number, size: number) => product * size, 1);
  if (typeof count !== 'number' || count >= expected) return;
  throw new PointerMisuseError(
    'A list of numbers got a pointer, a tensor at a worker, as an element; write hook.tf.stack([p, q]) or hook.tf.concat([p, q]), or await get() first',
  );
}
