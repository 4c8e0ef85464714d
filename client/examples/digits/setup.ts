import type { Federation, PlanInput, TrainingPlan } from '@tributary/client';
import { architectureOf, prepareEngine, weightsOf } from '@tributary/client/tfjs';
import { type Closers, startLocalFederation } from '@tributary/infra-test';
import type { LocalCloud } from '@tributary/infra-test/local-cloud';
import { loadDigits } from './data.ts';
import { shardDigits } from './data-shards.ts';
import { createDevices } from './devices.ts';
import { digitsModel, digitsTraining } from './model.ts';
import type { DigitsOptions } from './options.ts';
import type { DigitsDevice } from './round.ts';
import type { Terminal } from './terminal-progress.ts';
import { startTrainingPool, type TrainingPool } from './training-pool.ts';

/** Name of the model in the federation. */
export const MODEL = 'digits';

/** What a run is given besides its options. */
export interface RunContext {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Most training images a device keeps, for runs that need not learn much. @default all it gets */
  readonly examplesPerDevice?: number;
}

/** Everything that the rounds need. */
export interface Stage {
  readonly cloud: LocalCloud;
  readonly operator: Federation;
  readonly pool: TrainingPool;
  readonly devices: readonly DigitsDevice[];
  readonly plan: TrainingPlan;
}

/** Starts everything; whatever has started is ended by `closers`, even if this fails. */
export async function setUp(
  options: DigitsOptions,
  { terminal, signal, examplesPerDevice = Number.POSITIVE_INFINITY }: RunContext,
  closers: Closers,
): Promise<Stage> {
  terminal.print('Starting the local cloud, the identity provider and the functions');
  const { cloud, operator, federationOf, close } = await startLocalFederation();
  closers.add(close);
  signal.throwIfAborted();
  const digits = await loadDigits();
  const shards = shardDigits(digits.training.labels, options).map((shard) =>
    shard.slice(0, examplesPerDevice),
  );
  const pool = await startTrainingPool({ digits, shards });
  closers.add(() => pool.close());
  signal.throwIfAborted();
  const plan = await createDigitsModel(operator, options, signal);
  const devices = createDevices({ options, federationOf, pool, shards });
  return { cloud, operator, pool, devices, plan };
}

async function createDigitsModel(
  operator: Federation,
  { seed, strategy }: DigitsOptions,
  signal: AbortSignal,
): Promise<TrainingPlan> {
  await prepareEngine();
  const model = digitsModel(seed);
  try {
    await operator.createModel(
      {
        model: MODEL,
        plan: {
          architecture: architectureOf(model),
          training: asJson(digitsTraining(seed)),
          strategy: { name: strategy },
        },
        weights: weightsOf(model),
      },
      { signal },
    );
  } finally {
    model.dispose();
  }
  const { plan } = await operator.status(MODEL, { signal });
  return plan;
}

/** The settings as a plan stores them: absent members left out. */
function asJson(settings: object): PlanInput['training'] {
  return JSON.parse(JSON.stringify(settings)) as PlanInput['training'];
}
