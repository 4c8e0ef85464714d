import { afterAll, beforeAll, expect, it } from 'vitest';
import { roundRequests, SWEEP } from '../../../cdk/test/costs/round-requests.ts';
import { callerOf } from './support/raw-device.ts';
import { startWorld, type World } from './support/world.ts';

/** Records that a process reads once: round, plan, close and seal. */
const RECORDS_OF_PROCESS = 4;

/** Processes that may share the steps of a round: one ends a task while another begins the next. */
const PROCESSES_MAX = 3;

let world: World;

/** Models that a sweep looks at. */
let models = 0;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Requests so far, in S3's two price classes. */
function counted(): { writes: number; reads: number } {
  const operations = world.cloud.counters().operations['s3'] ?? {};
  const countOf = (name: string): number => operations[name]?.requestCount ?? 0;
  return {
    writes: countOf('PutObject') + countOf('ListObjectsV2'),
    reads: countOf('GetObject') + countOf('HeadObject'),
  };
}

/** Every task is done: a task sends for what follows before it ends itself. */
async function tasksDone(): Promise<void> {
  const queue = world.cloud.sqs.findQueue(world.deployed.queues.tasks.arn);
  await expect
    .poll(() => queue?.counts(), { timeout: 60_000 })
    .toMatchObject({ ready: 0, inFlight: 0 });
}

/** One device after the other takes part, then one sweep finds all of them and nothing else does. */
async function countRound(
  model: string,
  { devices, elements }: { devices: number; elements: number },
) {
  world.cloud.setFaults({ seed: 1, events: { dropRate: 1 } });
  await world.createModel(model, elements);
  const before = counted();
  const { round } = await world.operator.startRound(model, {
    goal: devices,
    minimum: 1,
    deadlineSeconds: 3_600,
  });
  const ids = Array.from({ length: devices }, (_, index) => `device-${index}`);
  const path = `v1/models/${model}/rounds/${round}/outcome`;
  const outcomes = async (): Promise<string[]> => {
    const answers: string[] = [];
    for (const id of ids) {
      const answer = await (await callerOf(world, id))('GET', path);
      answers.push(((await answer.json()) as { kind: string }).kind);
    }
    return answers;
  };
  for (const id of ids) {
    const device = { id, delta: new Float32Array(elements).fill(1), exampleCount: 1 };
    await (await world.deviceOf(device)).participate(model, { awaitOutcome: false });
  }
  expect(await outcomes()).toEqual(ids.map(() => 'received'));
  await world.deployed.sweep();
  await tasksDone();
  expect(await outcomes()).toEqual(ids.map(() => 'accepted'));
  const after = counted();
  return { writes: after.writes - before.writes, reads: after.reads - before.reads };
}

it.each([
  ['a few small updates, nothing is claimed', { devices: 3, elements: 4 }],
  ['many headers and a long fold, both are claimed', { devices: 40, elements: 4 }],
  ['updates of two blocks', { devices: 2, elements: 1_100_000 }],
])('the README models the requests of a round: %s', async (_, shape) => {
  const { devices, elements } = shape;
  const requests = await countRound(`costs-${devices}-${elements}`, shape);
  models += 1;
  const modelled = roundRequests({
    devices,
    modelBytes: elements * 4,
    polls: 1,
    looks: 1,
  });
  expect(requests.writes).toBe(modelled.writes + SWEEP.writes);
  const again = requests.reads - (modelled.reads + models * SWEEP.readsOfModel);
  expect(again).toBeGreaterThanOrEqual(0);
  expect(again).toBeLessThanOrEqual((PROCESSES_MAX - 1) * RECORDS_OF_PROCESS);
});
