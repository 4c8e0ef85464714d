import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWorld, type World } from '../test/end-to-end/support/world.ts';
import type { Print } from './kernel.ts';

/** 100 KB of float32. */
const ELEMENTS = 25_600;
const COHORTS = [100, 300, 1_000];

/** Devices that take part at the same time. */
const PARALLEL = 64;

/**
 * A small function on purpose: V8 fills its young generation with garbage before it cleans up, however
 * little is alive, so a large function's peak says more about V8 than about the fold.
 */
const FUNCTION_MEGABYTES = 256;

/** Three semi-spaces of 5 % of the function's memory, as Lambda's Node runtime is started. */
const YOUNG_GENERATION = 0.15;

const REPORT = /Max Memory Used: (\d+) MB/g;

/**
 * Runs whole rounds of growing cohorts on the local cloud, each on a new one, and prints the most memory
 * the aggregator took.
 */
export async function benchMemory(print: Print): Promise<void> {
  const garbage = Math.round(FUNCTION_MEGABYTES * YOUNG_GENERATION);
  print(`memory: the aggregator's, 100 KB model, function of ${FUNCTION_MEGABYTES} MB`);
  print(
    '  Envelope, the same for every cohort: Node and the SDK about 100 MB, 8 bytes an element for the',
  );
  print(
    `  sums 0.2 MB, 16 blocks of 100 KB in flight, V8's young generation up to ${garbage} MB of garbage.`,
  );
  const peaks: number[] = [];
  for (const devices of COHORTS) {
    const { peakMegabytes, seconds } = await roundOf(devices);
    peaks.push(peakMegabytes);
    print(
      `  ${String(devices).padStart(5)} devices: ${peakMegabytes} MB at most, round of ${seconds.toFixed(1)} s`,
    );
  }
  const [first = 0] = peaks;
  print(
    `  From ${COHORTS[0]} to ${COHORTS.at(-1)} devices: ${(peaks.at(-1) ?? 0) - first} MB more`,
  );
}

async function roundOf(devices: number): Promise<{ peakMegabytes: number; seconds: number }> {
  const world = await startWorld({ tuning: { aggregatorMemoryMegabytes: FUNCTION_MEGABYTES } });
  try {
    await world.createModel('bench', ELEMENTS);
    const startedAt = performance.now();
    await runRound(world, devices);
    const seconds = (performance.now() - startedAt) / 1000;
    return { peakMegabytes: peakOf(world), seconds };
  } finally {
    await world.close();
  }
}

async function runRound(world: World, devices: number): Promise<void> {
  const delta = Array.from({ length: ELEMENTS }, (_, i) => Math.sin(i));
  const { operator } = world;
  const { round } = await operator.startRound('bench', {
    goal: devices,
    minimum: devices - 1,
    deadlineSeconds: 600,
  });
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      while (next < devices) {
        const id = next++;
        const device = await world.deviceOf({ id: `d${id}`, delta, exampleCount: 1 + id });
        await device.participate('bench', { awaitOutcome: false });
      }
    }),
  );
  const result = await operator.waitForRound('bench', round);
  if (result.kind !== 'published' || result.included !== devices) {
    throw new Error(`Round of ${devices} devices ended as ${JSON.stringify(result).slice(0, 300)}`);
  }
}

function peakOf({ cloud, deployed }: World): number {
  const log = readFileSync(join(cloud.logDirectory, `${deployed.aggregatorFunction}.log`), 'utf8');
  return Math.max(...[...log.matchAll(REPORT)].map(([, megabytes]) => Number(megabytes)));
}
