/** One at a time for each model: its weights are the working memory of training. */

const tails = new WeakMap<object, Promise<void>>();

/** Runs `work` when everybody who asked for `owner` before is done, failed or not. */
export async function exclusively<T>(owner: object, work: () => Promise<T>): Promise<T> {
  const before = tails.get(owner) ?? Promise.resolve();
  let release = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    release = resolve;
  });
  tails.set(
    owner,
    before.then(() => done),
  );
  await before;
  try {
    return await work();
  } finally {
    release();
  }
}
