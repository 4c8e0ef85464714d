import { join } from 'node:path';
import { Closers } from '@tributary/infra-test';
import { selectClients } from './client-selection.ts';
import { costOf } from './costs.ts';
import { usageBetween } from './costs-usage.ts';
import { poisonedDevice } from './devices.ts';
import { exportModel } from './exported-model.ts';
import { type DigitsOptions, describeSplit } from './options.ts';
import { claimOutput, writeFiles } from './output-files.ts';
import { renderReport } from './report.ts';
import { type DigitsDevice, runRound } from './round.ts';
import type { RoundRecord, RunRecord } from './run-record.ts';
import { MODEL, type RunContext, type Stage, setUp } from './setup.ts';
import { formatBytes } from './terminal-format.ts';
import { roundSummary, runSummary } from './terminal-summary.ts';

/**
 * Runs the whole example: sets up, trains round after round, writes report and model, and ends
 * everything it started, also when it fails or is stopped.
 */
export async function runDigits(options: DigitsOptions, context: RunContext): Promise<RunRecord> {
  const output = claimOutput(options.output);
  const closers = new Closers();
  closers.add(() => output.release());
  try {
    const stage = await setUp(options, context, closers);
    const imageBytes = stage.devices.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
    const stagedDevice = stage.devices[poisonedDevice(options)]?.name ?? '';
    introduce({ options, stage, imageBytes, stagedDevice }, context);
    const { accuracy: initialAccuracy } = await evaluate(stage, context);
    const rounds: RoundRecord[] = [];
    while (rounds.length < options.rounds) {
      const record = await runNext(stage, { options, context, number: rounds.length + 1 });
      rounds.push(record);
      context.terminal.print(roundSummary(record, { rounds: options.rounds, stagedDevice }));
    }
    const exported = await exportModel(stage.plan, await headWeights(stage, context));
    const run: RunRecord = {
      options,
      backend: describeEngine(stage),
      initialAccuracy,
      rounds,
      imageBytes,
      stagedDevice,
      weightsSha256: exported.sha256,
    };
    await writeFiles(output.path, { ...exported.files, 'report.html': await renderReport(run) });
    context.terminal.print(closing(run, output.path));
    return run;
  } finally {
    await closers.close();
  }
}

interface Introduction extends Pick<RunRecord, 'options' | 'imageBytes' | 'stagedDevice'> {
  readonly stage: Stage;
}

function introduce(
  { options, stage, imageBytes, stagedDevice }: Introduction,
  { terminal }: RunContext,
): void {
  terminal.print(
    `${options.devices} devices, ${describeSplit(options)}; ${options.clientsPerRound} take part in a round; strategy ${options.strategy}, seed ${options.seed}`,
  );
  terminal.print(
    `The devices keep ${formatBytes(imageBytes)} of images. Staged: ${stagedDevice} sends broken numbers on purpose, to show a rejection`,
  );
  terminal.print(workOf(options));
  terminal.print(`Training on ${describeEngine(stage)}: ${stage.pool.engine.reason}`);
}

/** Training images of the full set, in thousands. */
const THOUSANDS = 60;

/** A run that is suggested as a quick look. */
const QUICK = { devices: 6, clientsPerRound: 6, rounds: 2 } as const;

/** How much there is to do, since how long that takes is the machine's; and the way to see it sooner. */
export function workOf(options: Pick<DigitsOptions, keyof typeof QUICK>): string {
  const images = ({ devices, clientsPerRound, rounds }: typeof options): number =>
    (rounds * THOUSANDS * clientsPerRound) / devices;
  const times = Math.round(images(options) / images(QUICK));
  const work = `Trains on ${Math.ceil(images(options))} thousand images in ${options.rounds} round${options.rounds === 1 ? '' : 's'}`;
  if (times < 2) return work;
  return `${work}; a quick look has a ${times}th of the work: npm start -- --devices ${QUICK.devices} --rounds ${QUICK.rounds}`;
}

function describeEngine({ pool }: Stage): string {
  const { backend, version } = pool.engine;
  return `${backend}, TensorFlow.js ${version}, ${pool.workerCount} threads`;
}

async function runNext(
  stage: Stage,
  run: {
    readonly options: DigitsOptions;
    readonly context: RunContext;
    readonly number: number;
  },
): Promise<RoundRecord> {
  const { options, context, number } = run;
  const { cloud, operator, devices } = stage;
  const clients = selectClients({ ...options, round: number }).map(
    (index) => devices[index] as DigitsDevice,
  );
  const totals = { round: number, rounds: options.rounds, clients: clients.length };
  const progress = context.terminal.startRound(totals);
  const startedAt = performance.now();
  const before = cloud.counters();
  try {
    const { signal } = context;
    const outcome = await runRound({ model: MODEL, operator, clients, progress, signal });
    const usage = usageBetween(before, cloud.counters());
    return {
      ...outcome,
      ...(await evaluate(stage, context)),
      clients: clients.length,
      usage,
      cost: costOf(usage),
      durationMs: performance.now() - startedAt,
    };
  } finally {
    progress.stop();
  }
}

/** How good the current version is on the test images. */
async function evaluate(
  stage: Stage,
  context: RunContext,
): Promise<{ accuracy: number; loss: number }> {
  const { weights } = await headWeights(stage, context);
  const { metrics } = await stage.pool.evaluate(weights, stage.plan, context.signal);
  return { accuracy: metrics['accuracy'] ?? Number.NaN, loss: metrics['loss'] ?? Number.NaN };
}

function headWeights({ operator }: Stage, { signal }: RunContext) {
  return operator.weights(MODEL, 'head', { signal });
}

function closing(run: RunRecord, directory: string): string {
  return [
    runSummary(run),
    `Report    ${join(directory, 'report.html')}`,
    `Model     ${join(directory, 'model.safetensors')}`,
    `          ${join(directory, 'model.json')} (tfjs, with weights.bin beside it)`,
  ].join('\n');
}
