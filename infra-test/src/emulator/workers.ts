import type { StackOutputs } from './stacks.ts';

/** What tests call the workers that a file of them has. */
const NAMES = ['bob', 'alice', 'carol'] as const;

/** Functions of those workers. */
export type WorkerFunctions = Readonly<Record<(typeof NAMES)[number], string>>;

/** What a file adds to the names for its workers' ids: each file that empties its workers has its own. */
export type WorkerSuffix = '' | '-2';

/** Ids of all workers that the suite's federation has. */
export const WORKERS: readonly string[] = (['', '-2'] as const).flatMap((suffix) =>
  NAMES.map((name) => name + suffix),
);

/** The functions of one file's workers by what their stack put out. */
export function workerFunctions(
  { WorkerFunctionNames }: StackOutputs,
  suffix: WorkerSuffix,
): WorkerFunctions {
  if (WorkerFunctionNames === undefined) {
    throw new Error('The stack has no output WorkerFunctionNames; deploy it with workers');
  }
  const functions: Readonly<Record<string, string>> = JSON.parse(WorkerFunctionNames);
  const entries = NAMES.map((name) => [name, functions[name + suffix] ?? '']);
  return Object.fromEntries(entries);
}
