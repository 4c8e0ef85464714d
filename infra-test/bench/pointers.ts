import { type PointerTensor, type RemoteWorker, VirtualWorker } from '@tributary/client';
import { openLambdaWorld } from '../test/end-to-end/support/lambda-world.ts';
import type { Print } from './kernel.ts';

/** Operations of a chain. */
const OPERATIONS = 100;

/** What the chains begin with; five numbers, so that arithmetic costs nothing. */
const START = [1, 2, 3, 4, 5];

/** Samples of each contender, taken in turns; chains in this process need hundreds until they are compiled. */
const SAMPLE_COUNTS = { virtual: 300, lambda: 9 };

interface Contender {
  readonly name: string;
  /** Runs a chain of additions once and returns its result. */
  readonly run: () => Promise<number>;
}

/**
 * Measures a chain of operations on five numbers, with a pipeline and without one on a Lambda worker
 * of the local cloud, and on a virtual worker against TensorFlow.js alone.
 */
export async function benchPointers(print: Print): Promise<void> {
  print(
    `pointers: ${OPERATIONS} additions, ms best / median (median of the slowest over this one)`,
  );
  const world = await openLambdaWorld();
  try {
    world.hook.localTf.enableProdMode();
    await benchVirtual(new VirtualWorker(world.hook, { id: 'virtual' }), print);
    await benchLambda(world.alice, print);
  } finally {
    await world.close();
  }
}

async function benchVirtual(worker: RemoteWorker, print: Print): Promise<void> {
  print('  Virtual worker. Envelope: an operation is inferred here, written as JSON of 100 bytes,');
  print('  parsed, inferred again and run: 3 times what tfjs needs for one of these, and an id of');
  print('  128 random bits twice; tens of microseconds.');
  await compare(print, SAMPLE_COUNTS.virtual, [
    { name: 'tfjs alone', run: async () => localChain(worker) },
    { name: 'virtual worker', run: () => pipelined(worker) },
  ]);
}

async function benchLambda(worker: RemoteWorker, print: Print): Promise<void> {
  print(
    '  Lambda worker. Envelope: an invocation takes some milliseconds and each write or read of',
  );
  print(
    '  S3 as many. Pipelined: one of each and a deletion; one by one: 100 of each and more, so',
  );
  print('  up to 100 times as long, less what the operations themselves take in both.');
  await compare(print, SAMPLE_COUNTS.lambda, [
    { name: 'one by one', run: () => oneByOne(worker) },
    { name: 'pipelined', run: () => pipelined(worker) },
  ]);
  // The last deletion is on its way, and the cloud should be there for it.
  await worker.objects();
}

function localChain({ hook }: RemoteWorker): number {
  const { localTf } = hook;
  return localTf.tidy(() => {
    let value: ReturnType<typeof localTf.add> = localTf.tensor1d(START);
    for (let index = 0; index < OPERATIONS; index += 1) value = value.add(1);
    return value.dataSync()[0] ?? 0;
  });
}

/** All operations, and the result asked for at the end. */
async function pipelined(worker: RemoteWorker): Promise<number> {
  const result = worker.hook.tidy(() => {
    let pointer = worker.hook.localTf.tensor1d(START).send(worker);
    for (let index = 0; index < OPERATIONS; index += 1) pointer = pointer.add(1);
    return pointer;
  });
  return await firstValue(result);
}

/** Each operation awaited before the next, as if there were no pipeline. */
async function oneByOne(worker: RemoteWorker): Promise<number> {
  let pointer = worker.hook.localTf.tensor1d(START).send(worker);
  for (let index = 0; index < OPERATIONS; index += 1) {
    const next = pointer.add(1);
    await next.ready();
    pointer.dispose();
    pointer = next;
  }
  return await firstValue(pointer);
}

async function firstValue(pointer: PointerTensor): Promise<number> {
  const tensor = await pointer.get();
  const [value = 0] = tensor.dataSync();
  tensor.dispose();
  return value;
}

/** Takes samples in turns; the first round warms up. */
async function compare(
  print: Print,
  sampleCount: number,
  contenders: readonly Contender[],
): Promise<void> {
  const times = contenders.map((): number[] => []);
  for (let round = 0; round <= sampleCount; round += 1) {
    for (const [index, { name, run }] of contenders.entries()) {
      const startMs = performance.now();
      const value = await run();
      if (round > 0) times[index]?.push(performance.now() - startMs);
      if (value !== OPERATIONS + 1) throw new Error(`${name} gave ${value}`);
    }
  }
  const sorted = times.map((list) => list.sort((a, b) => a - b));
  const medians = sorted.map((list) => list[list.length >> 1] ?? Number.NaN);
  for (const [index, { name }] of contenders.entries()) {
    const best = sorted[index]?.[0] ?? Number.NaN;
    const median = medians[index] ?? Number.NaN;
    const ratio = Math.max(...medians) / median;
    print(`  ${name.padEnd(16)} ${best.toFixed(1)} / ${median.toFixed(1)} (${ratio.toFixed(1)})`);
  }
}
