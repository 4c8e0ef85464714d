import { join } from 'node:path';
import { Closers } from '@tributary/infra-test';
import { selectClients } from './client-selection.ts';
import { costOf } from './costs.ts';
import { usageBetween } from './costs-usage.ts';
import { exportModel } from './exported-model.ts';
import { type DigitsOptions, describeSplit } from './options.ts';
import { claimOutput, writeFiles } from './output-files.ts';
import { renderReport } from './report.ts';
import { type DigitsDevice, runRound } from './round.ts';
import type { RoundRecord, RunRecord } from './run-record.ts';
import { MODEL, type RunContext, type Stage, setUp } from './setup.ts';
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
    introduce(options, stage, context);
    const { accuracy: initialAccuracy } = await evaluate(stage, context);
    const rounds: RoundRecord[] = [];
    while (rounds.length < options.rounds) {
      const record = await runNext(stage, { options, context, number: rounds.length + 1 });
      rounds.push(record);
      context.terminal.print(roundSummary(record, options.rounds));
    }
    const exported = await exportModel(stage.plan, await headWeights(stage, context));
    const run: RunRecord = {
      options,
      backend: describeEngine(stage),
      initialAccuracy,
      rounds,
      weightsSha256: exported.sha256,
    };
    await writeFiles(output.path, { ...exported.files, 'report.html': await renderReport(run) });
    context.terminal.print(closing(run, output.path));
    return run;
  } finally {
    await closers.close();
  }
}

function introduce(options: DigitsOptions, stage: Stage, { terminal }: RunContext): void {
  terminal.print(
    `${options.devices} devices, ${describeSplit(options)}; ${options.clientsPerRound} take part in a round; strategy ${options.strategy}, seed ${options.seed}`,
  );
  terminal.print(expectedTime(options));
  terminal.print(`Training on ${describeEngine(stage)}: ${stage.pool.engine.reason}`);
}

/** Seconds for a thousand training images of a round on two cores: 0.15 to 0.5 measured, alone and beside other work. */
const SECONDS_PER_THOUSAND = { least: 0.15, most: 0.5 } as const;

/** How long it will take, so that nobody wonders; and the way to see it sooner. */
export function expectedTime({ devices, clientsPerRound, rounds }: DigitsOptions): string {
  const thousands = (rounds * 60 * clientsPerRound) / devices;
  const minutes = (seconds: number): number => Math.ceil((thousands * seconds) / 60);
  const { least, most } = SECONDS_PER_THOUSAND;
  if (minutes(most) === 1) return 'Expect about a minute on two cores';
  return `Expect ${minutes(least)} to ${minutes(most)} minutes on two cores; npm start -- --devices 6 --rounds 2 takes less than one`;
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
      rawBytes: clients.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
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
