/** Maps with a bounded number of calls under way; results in the order of the items. The first failure rejects and nothing more is begun. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  inFlightMax: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  async function run(): Promise<void> {
    while (next < items.length) {
      const index = next;
      next += 1;
      try {
        results[index] = await map(items[index] as T);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlightMax, items.length) }, run));
  return results;
}
