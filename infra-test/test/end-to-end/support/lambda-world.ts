import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import * as tf from '@tensorflow/tfjs';
import { LambdaWorker, TensorHook, VirtualWorker } from '@tributary/client';
import type { PointerWorld } from '../../../../client/test/pointers/contract/world.ts';
import type { FederationDescription } from '../../../src/emulator/federation.ts';
import { type ClientTarget, targetOf } from '../../../src/emulator/target.ts';
import {
  type WorkerFunctions,
  type WorkerSuffix,
  workerFunctions,
} from '../../../src/emulator/workers.ts';
import { importIssuer, type TokenIssuer } from '../../../src/identity-provider/index.ts';
import { startLocalFederation } from '../../../src/index.ts';
import { type FaultSwitches, NO_SWITCHES, sharedFederation } from './deployed-world.ts';

/** Workers, and what lets a test look into their cloud and disturb it. */
export interface LambdaWorld extends PointerWorld {
  readonly client: ClientTarget;
  readonly cloud: FaultSwitches;
  readonly bucket: string;
  readonly functions: WorkerFunctions;
  /** The program of another user, with a hook and workers of its own. */
  readonly programOf: (subject: string, options?: Program) => LambdaProgram;
  readonly tokenFor: TokenIssuer['token'];
  /** Takes everything a worker has out of the bucket, tombstones too, as time would. */
  readonly forget: (id: string) => Promise<void>;
}

/** How a program of its own reaches the workers. */
export interface Program {
  readonly endpoint?: string;
  readonly timeoutMs?: number;
  readonly token?: () => Promise<string>;
}

/** A program's own handles on the same workers. */
export interface LambdaProgram {
  readonly hook: TensorHook;
  readonly bob: LambdaWorker;
  readonly alice: LambdaWorker;
  readonly carol: LambdaWorker;
}

/**
 * Three functions, used by the user `me` and, as a guest, by `guest`: on a local cloud, or on the
 * federation that was deployed for all files, where they are this file's.
 */
export async function openLambdaWorld(suffix: WorkerSuffix = ''): Promise<LambdaWorld> {
  const shared = sharedFederation();
  return shared === undefined ? await openLocal(suffix) : await openShared(shared, suffix);
}

async function openLocal(suffix: WorkerSuffix): Promise<LambdaWorld> {
  const local = await startLocalFederation({ tuning: { isSweepScheduled: false } });
  const { cloud, identity, deployed } = local;
  const deploy = (name: string) => local.deployWorker({ id: name + suffix });
  const functions = {
    bob: await deploy('bob'),
    alice: await deploy('alice'),
    carol: await deploy('carol'),
  };
  const { bucket } = deployed;
  const world = worldOf({ functions, identity, client: cloud, bucket, suffix });
  return { ...world, cloud, close: () => local.close() };
}

async function openShared(
  { outputs, issuer }: FederationDescription,
  suffix: WorkerSuffix,
): Promise<LambdaWorld> {
  const world = worldOf({
    functions: workerFunctions(outputs, suffix),
    identity: await importIssuer(issuer),
    client: targetOf(process.env),
    bucket: outputs['BucketName'] ?? '',
    suffix,
  });
  // The federation stays when a file is done with it.
  return { ...world, cloud: NO_SWITCHES, close: async () => {} };
}

interface Reached {
  readonly functions: WorkerFunctions;
  readonly identity: TokenIssuer;
  readonly client: ClientTarget;
  readonly bucket: string;
  readonly suffix: WorkerSuffix;
}

function worldOf({
  functions,
  identity,
  client,
  bucket,
  suffix,
}: Reached): Omit<LambdaWorld, 'cloud' | 'close'> & LambdaProgram {
  const { region, endpoint } = client;
  const programOf = (subject: string, options: Program = {}): LambdaProgram => {
    const hook = new TensorHook(tf);
    const token = () => identity.token({ subject });
    const worker = (name: keyof WorkerFunctions) =>
      new LambdaWorker(hook, {
        ...{ id: name + suffix, functionName: functions[name], token, region, endpoint },
        ...options,
      });
    return { hook, bob: worker('bob'), alice: worker('alice'), carol: worker('carol') };
  };
  const mine = programOf('me');
  const guest = programOf('guest');
  return {
    ...{ ...mine, programOf, client, bucket, functions },
    bobAgain: () => new LambdaWorker(mine.hook, { id: mine.bob.id, functionName: functions.bob }),
    bobOfAnotherClass: () => new VirtualWorker(mine.hook, { id: mine.bob.id }),
    guest: { hook: guest.hook, bob: guest.bob },
    tokenFor: (choices) => identity.token(choices),
    forget: (id) => emptyPrefix(client, { bucket, prefix: `workers/${id}/` }),
  };
}

async function emptyPrefix(
  client: ClientTarget,
  { bucket: Bucket, prefix: Prefix }: { readonly bucket: string; readonly prefix: string },
): Promise<void> {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    if (Contents.length === 0) break;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
  s3.destroy();
}
