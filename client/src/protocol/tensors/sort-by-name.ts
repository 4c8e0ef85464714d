/** The order in which stock writers of safetensors put tensors of one dtype. */

/**
 * Sorts by name as the reference implementation does: by the bytes of the name's UTF-8 form, which is
 * the order of code points. JavaScript's own order is that of UTF-16 units and differs above U+FFFF.
 *
 * @returns A new list; `items` is not mutated.
 * @see https://github.com/huggingface/safetensors `prepare` in tensor.rs: dtype first, then name
 */
export function sortByName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  const encoder = new TextEncoder();

  return items
    .map((item) => ({ item, bytes: encoder.encode(item.name) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes))
    .map(({ item }) => item);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);

  for (let at = 0; at < length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
