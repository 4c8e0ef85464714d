import { createHmac } from 'node:crypto';

/**
 * Orders a round's devices by PRF(seed, device): who is kept where a seal can't hold all. The same
 * for every sealer, and not for a device to choose.
 *
 * @param seed - The round's seed, 32 hex digits.
 */
export function byDraw<T extends { readonly device: string }>(
  items: readonly T[],
  seed: string,
): T[] {
  const key = Buffer.from(seed, 'hex');
  return items
    .map((item) => ({ item, draw: createHmac('sha256', key).update(item.device).digest('hex') }))
    .sort((a, b) => (a.draw < b.draw ? -1 : 1))
    .map(({ item }) => item);
}
