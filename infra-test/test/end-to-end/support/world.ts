import { Device, type PlanInput, type ResultObject, type RoundInput } from '@tributary/client';
import { TEST_PACE } from '../../../src/deployment/index.ts';
import type { FederationDescription } from '../../../src/emulator/federation.ts';
import {
  type LocalFederation,
  startLocalFederation,
  startNeighbour,
  type Tuning,
} from '../../../src/index.ts';
import type { FaultPlan } from '../../../src/local-cloud/index.ts';
import {
  type DeployedWorld,
  openDeployedWorld,
  sharedFederation,
  skipFor,
} from './deployed-world.ts';

/** Rounds of tests wait for nothing, and the test itself sweeps. */
const TUNING: Partial<Tuning> = { ...TEST_PACE, isSweepScheduled: false };

/** What one test device holds: it "trains" by returning this. */
export interface TestDevice {
  readonly id: string;
  readonly delta: ArrayLike<number>;
  readonly exampleCount: number;
  readonly metrics?: Readonly<Record<string, number>>;
  /** Awaited while it trains: after it checked in, before it asks for a slot. */
  readonly whileTraining?: () => Promise<void>;
}

/** A federation as tests use it: on a local cloud of its own, or the one that was deployed for all. */
export interface World extends Omit<DeployedWorld, 'close'> {
  readonly local?: LocalFederation;
  close(): Promise<void>;
  deviceOf(device: TestDevice): Promise<Device>;
  /** Creates a model of one tensor `w`, all zero. */
  createModel(model: string, elementCount: number, plan?: PlanInput): Promise<void>;
  /** Sweeps again and again, also where a sweep is killed; ends when the returned function is called. */
  keepSweeping(): () => Promise<void>;
  /** Sweeps until the round has its result. */
  sweepUntilResult(model: string, round: number): Promise<ResultObject>;
  /** The head version's weights. */
  weights(model: string): Promise<Float32Array>;
}

export async function startWorld(
  options: { readonly faults?: FaultPlan; readonly tuning?: Partial<Tuning> } = {},
): Promise<World> {
  const world = await openWorld({ ...TUNING, ...options.tuning });
  if (options.faults !== undefined) world.cloud.setFaults(options.faults);
  return world;
}

/** One more federation in a world's cloud; closing it leaves the world as it is. */
export async function neighbourOf({ local }: World, name: string): Promise<World> {
  if (local === undefined) return skipFor('needs a second federation');
  return localWorld(await startNeighbour(local, name, { tuning: TUNING }));
}

/** A world on a federation that was deployed. */
export async function worldOn(description: FederationDescription): Promise<World> {
  const deployed = await openDeployedWorld(description);
  return worldOf({ ...deployed, close: async () => deployed.close() });
}

async function openWorld(tuning: Partial<Tuning>): Promise<World> {
  const shared = sharedFederation();
  return shared === undefined
    ? localWorld(await startLocalFederation({ tuning }))
    : worldOn(shared);
}

function localWorld(local: LocalFederation): World {
  const { endpoint, region, credentials } = local.cloud;
  return worldOf({ ...local, local, client: { endpoint, region, credentials } });
}

type Opened = Omit<DeployedWorld, 'close'> & Pick<World, 'local' | 'close'>;

function worldOf(opened: Opened): World {
  const { deployed, operator, federationOf } = opened;
  return {
    ...opened,
    async deviceOf({ id, delta, exampleCount, metrics = {}, whileTraining }) {
      return new Device({
        federation: federationOf(id),
        deviceId: id,
        train: async () => {
          await whileTraining?.();
          return {
            delta: { w: { dtype: 'F32', shape: [delta.length], data: Float32Array.from(delta) } },
            exampleCount,
            metrics,
          };
        },
      });
    },
    async createModel(model, elementCount, plan = {}) {
      const data = new Float32Array(elementCount);
      const weights = { w: { dtype: 'F32', shape: [elementCount], data } };
      await operator.createModel({ model, plan, weights });
    },
    keepSweeping: () => keepSweeping(deployed),
    async sweepUntilResult(model, round) {
      const stop = keepSweeping(deployed);
      try {
        return await operator.waitForRound(model, round);
      } finally {
        await stop();
      }
    },
    async weights(model) {
      const { weights } = await operator.weights(model);
      return weights['w']?.data ?? new Float32Array(0);
    },
  };
}

function keepSweeping(deployed: World['deployed']): () => Promise<void> {
  let isWanted = true;
  const sweeping = (async () => {
    while (isWanted) {
      // A killed sweep is one of the faults: the next one finds what it left.
      await deployed.sweep().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  })();
  return async () => {
    isWanted = false;
    await sweeping;
  };
}

/** Starts a round and lets every device take part at once. */
export async function roundWith(
  world: World,
  model: string,
  devices: readonly TestDevice[],
  input: Partial<RoundInput> = {},
) {
  const { round } = await world.operator.startRound(model, {
    goal: devices.length,
    minimum: 1,
    deadlineSeconds: 60,
    ...input,
  });
  const outcomes = await Promise.all(
    devices.map(async (device) => (await world.deviceOf(device)).participate(model)),
  );
  return { round, outcomes };
}
