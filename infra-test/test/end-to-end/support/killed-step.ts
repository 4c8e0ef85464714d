import type { Kill } from '../../../src/local-cloud/index.ts';

/** The steps of a round, each by the first write that completes it. */
const WRITES = {
  collect: (model: string) => `rounds/${model}/1/close\\.json`,
  seal: (model: string) => `rounds/${model}/1/seals/0/0\\.json`,
  fold: (model: string) => `partials/0/${model}/1/0/0`,
  merge: (model: string) => `models/${model}/versions/1/.+`,
  publish: (model: string) => `rounds/${model}/1/result\\.json`,
  head: (model: string) => `models/${model}/head\\.json`,
} as const;

/** A step of a round of one group and one shard. */
export type Step = keyof typeof WRITES;

/** In the order in which a round takes them. */
export const STEPS = Object.keys(WRITES) as readonly Step[];

/** The keys a step of a model's first round writes. */
export function writePattern(step: Step, model: string): RegExp {
  return new RegExp(`^${WRITES[step](model)}$`);
}

/**
 * The step that a killed process was about: that of the write it was killed at, else the one after the
 * last write of its round; `over` once the head had been written.
 */
export function killedStepOf(
  { method, key, lastWriteKey }: Pick<Kill, 'method' | 'key' | 'lastWriteKey'>,
  model: string,
): Step | 'over' {
  const stepOf = (written: string): number =>
    STEPS.findIndex((step) => writePattern(step, model).test(written));
  const at =
    method === 'PUT' ? stepOf(key) : lastWriteKey === undefined ? 0 : stepOf(lastWriteKey) + 1;
  return STEPS[at] ?? 'over';
}
