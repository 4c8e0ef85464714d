import type { StackOutputs } from './stacks.ts';

/** Ids of the workers that the suite's federation has; one file uses them, which empties them. */
export const WORKERS = ['bob', 'alice', 'carol'] as const;

/** Functions of those workers, by their ids. */
export type WorkerFunctions = Readonly<Record<(typeof WORKERS)[number], string>>;

/** The workers' functions by what their stack put out. */
export function workerFunctions({ WorkerFunctionNames }: StackOutputs): WorkerFunctions {
  if (WorkerFunctionNames === undefined) {
    throw new Error('The stack has no output WorkerFunctionNames; deploy it with workers');
  }
  return JSON.parse(WorkerFunctionNames);
}
