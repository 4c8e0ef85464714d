import {
  decodeWeights,
  flattenTensors,
  type ResultObject,
  type Task,
  type TrainingPlan,
  versionFileKey,
} from '@tributary/client/protocol';
import { runTask } from '../../src/steps/run-task.ts';
import type { StepContext } from '../../src/steps/step.ts';
import { sweep } from '../../src/steps/sweep.ts';
import { MODEL } from './federation.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';

/** Runs a task and all that becomes due by it, in order. */
export async function drive(context: StepContext, first: Task): Promise<void> {
  const queue = [first];
  for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
    queue.push(...(await runTask(context, task)).next);
  }
}

/** Collects round `round` to its end and returns its result. */
export async function driveRound(context: StepContext, round = 1): Promise<ResultObject> {
  const id = { model: MODEL, round };
  await drive(context, { schema: 1, task: 'collect', ...id });
  if ((await context.records.result(id)) === undefined) await sweepLater(context);
  const result = await context.records.result(id);
  if (result === undefined) throw new Error(`Round ${round} has no result`);
  return result;
}

/** What an earlier step left undone is found a minute later, when its time is over. */
async function sweepLater(context: StepContext): Promise<void> {
  const later = { ...context, now: () => context.now() + 60_000 };
  for (const task of await sweep(later)) await drive(later, task);
}

/** A published version's weights, flat, in the plan's order. */
export function weightsOf(
  store: MemoryObjectStore,
  plan: TrainingPlan,
  version: number,
): Float32Array {
  const file = store.objects.get(versionFileKey(MODEL, version, 'model.safetensors'));
  if (file === undefined) throw new Error(`Version ${version} has no file`);
  return flattenTensors(plan, decodeWeights(file.body));
}
