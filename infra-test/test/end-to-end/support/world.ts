import {
  Device,
  Federation,
  type PlanInput,
  type ResultObject,
  type RoundInput,
} from '@tributary/client';
import {
  type DeployedFederation,
  deployFederation,
  type IdentityProvider,
  startIdentityProvider,
  type Tuning,
} from '../../../src/index.ts';
import {
  type FaultPlan,
  type LocalCloud,
  startLocalCloud,
} from '../../../src/local-cloud/index.ts';

/** Rounds of tests wait for nothing: every event is followed at once, the test itself sweeps. */
const TUNING: Partial<Tuning> = {
  hintWindowSeconds: 1,
  collectIntervalSeconds: 0,
  aggregatorTimeoutSeconds: 60,
  isSweepScheduled: false,
};

/** What one test device holds: it "trains" by returning this. */
export interface TestDevice {
  readonly id: string;
  readonly delta: ArrayLike<number>;
  readonly exampleCount: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** A whole federation on a local cloud, with its identity provider. */
export interface World {
  readonly cloud: LocalCloud;
  readonly identity: IdentityProvider;
  readonly deployed: DeployedFederation;
  readonly operator: Federation;
  /** A federation as a device's owner holds it: URL and token only. */
  federationOf(subject: string): Promise<Federation>;
  deviceOf(device: TestDevice): Promise<Device>;
  /** Creates a model of one tensor `w`, all zero. */
  createModel(model: string, elementCount: number, plan?: PlanInput): Promise<void>;
  /** Sweeps again and again, also where a sweep is killed; ends when the returned function is called. */
  keepSweeping(): () => Promise<void>;
  /** Sweeps until the round has its result. */
  sweepUntilResult(model: string, round: number): Promise<ResultObject>;
  /** The head version's weights. */
  weights(model: string): Promise<Float32Array>;
  close(): Promise<void>;
}

export async function startWorld(
  options: { readonly faults?: FaultPlan; readonly tuning?: Partial<Tuning> } = {},
): Promise<World> {
  const cloud = await startLocalCloud();
  const identity = await startIdentityProvider();
  // The operator's SDK client reads credentials and region where any program does.
  Object.assign(process.env, cloud.environment());
  const world = await deployOn({ cloud, identity }, 'tributary', options.tuning);
  if (options.faults !== undefined) cloud.setFaults(options.faults);
  return {
    ...world,
    async close() {
      await world.close();
      await identity.close();
      await cloud.close();
    },
  };
}

/** Deploys one more federation into a world's cloud; closing it leaves the world as it is. */
export function neighbourOf(world: World, name: string): Promise<World> {
  return deployOn(world, name);
}

async function deployOn(
  { cloud, identity }: Pick<World, 'cloud' | 'identity'>,
  name: string,
  tuning: Partial<Tuning> = {},
): Promise<World> {
  const deployed = await deployFederation({
    cloud,
    issuer: identity.issuer,
    audience: identity.audience,
    jwksUrl: identity.jwksUrl,
    secret: `the secret of ${name}, of at least thirty-two bytes`,
    name,
    tuning: { ...TUNING, ...tuning },
  });
  const operator = new Federation({
    coordinatorUrl: deployed.coordinatorUrl,
    coordinatorFunction: deployed.coordinatorFunction,
    token: () => identity.token({ subject: 'operator' }),
    region: cloud.region,
    endpoint: cloud.endpoint,
  });
  return worldOf({ cloud, identity, deployed, operator });
}

function worldOf(parts: Pick<World, 'cloud' | 'identity' | 'deployed' | 'operator'>): World {
  const { identity, deployed, operator } = parts;
  const federationOf = async (subject: string): Promise<Federation> =>
    new Federation({
      coordinatorUrl: deployed.coordinatorUrl,
      token: await identity.token({ subject }),
    });
  return {
    ...parts,
    federationOf,
    async deviceOf({ id, delta, exampleCount, metrics = {} }) {
      return new Device({
        federation: await federationOf(id),
        deviceId: id,
        train: () => ({
          delta: { w: { dtype: 'F32', shape: [delta.length], data: Float32Array.from(delta) } },
          exampleCount,
          metrics,
        }),
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
    async close() {
      deployed.close();
    },
  };
}

function keepSweeping(deployed: DeployedFederation): () => Promise<void> {
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
