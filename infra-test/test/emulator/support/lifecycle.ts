import { HeadBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { type CdkContext, type SynthesizedApp, synthesize } from '../../../src/emulator/cdk.ts';
import { federationContext } from '../../../src/emulator/context.ts';
import { targetOf } from '../../../src/emulator/target.ts';
import type { ExportedIssuer } from '../../../src/identity-provider/index.ts';
import { sharedFederation } from '../../end-to-end/support/deployed-world.ts';
import { roundWith, type World, worldOn } from '../../end-to-end/support/world.ts';

export const target = targetOf(process.env);

/** Two devices whose weighted mean is [3, 6]. */
const DEVICES = [
  { id: 'one', delta: [1, 2], exampleCount: 1 },
  { id: 'two', delta: [4, 8], exampleCount: 2 },
];

/** A federation of a test's own, which it may deploy, change and destroy. */
export interface OwnFederation {
  /** Deploys with what the context says besides; answers a world there. */
  deploy(changes?: CdkContext): Promise<World>;
  destroy(): Promise<void>;
  close(): Promise<void>;
}

export function ownFederation(name: string, removalPolicy: 'retain' | 'destroy'): OwnFederation {
  const issuer = issuerOf();
  const base = { ...federationContext(name, target, issuer), removalPolicy };
  const worlds: World[] = [];
  const apps = new Map<string, SynthesizedApp>();
  let app: SynthesizedApp | undefined;
  return {
    async deploy(changes = {}) {
      const key = JSON.stringify(changes);
      app = apps.get(key) ?? (await synthesize(target, { ...base, ...changes }));
      apps.set(key, app);
      const world = await worldOn({ outputs: await app.deploy(), issuer });
      worlds.push(world);
      return world;
    },
    destroy: async () => app?.destroy(),
    async close() {
      for (const world of worlds) await world.close();
      for (const each of apps.values()) await each.close();
    },
  };
}

/** One round of a model; its mean is added to the weights. */
export async function playRound(world: World, model: string): Promise<void> {
  const { outcomes } = await roundWith(world, model, DEVICES);
  const kinds = outcomes.map(({ kind }) => kind);
  if (kinds.some((kind) => kind !== 'accepted')) throw new Error(`Outcomes are ${kinds}`);
}

/** Number of objects in a bucket; undefined where there is none. */
export async function objectCount(bucket: string): Promise<number | undefined> {
  const s3 = new S3Client({ ...target, forcePathStyle: true });
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return KeyCount;
  } catch (error) {
    if ((error as Error).name === 'NotFound') return undefined;
    throw error;
  } finally {
    s3.destroy();
  }
}

function issuerOf(): ExportedIssuer {
  const shared = sharedFederation();
  if (shared === undefined) throw new Error('This file runs by npm run test:localstack');
  return shared.issuer;
}
