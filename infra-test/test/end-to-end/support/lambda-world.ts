import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import * as tf from '@tensorflow/tfjs';
import { LambdaWorker, TensorHook, VirtualWorker } from '@tributary/client';
import type { PointerWorld } from '../../../../client/test/pointers/contract/world.ts';
import { type ClientTarget, targetOf } from '../../../src/emulator/target.ts';
import { type WorkerFunctions, workerFunctions } from '../../../src/emulator/workers.ts';
import { importIssuer, type TokenIssuer } from '../../../src/identity-provider/index.ts';
import { type IdentityProvider, startLocalFederation } from '../../../src/index.ts';
import type { LocalCloud } from '../../../src/local-cloud/index.ts';
import { sharedFederation } from './deployed-world.ts';

/** Workers on a local cloud, and what lets a test look into it and disturb it. */
export interface LambdaWorld extends PointerWorld {
  readonly cloud: LocalCloud;
  readonly bucket: string;
  /** Functions of the workers, by their ids. */
  readonly functions: WorkerFunctions;
  /** The program of another user, with a hook and workers of its own. */
  readonly programOf: (subject: string, options?: Program) => LambdaProgram;
  readonly tokenFor: IdentityProvider['token'];
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

/** Three functions on a local cloud, used by the user `me` and, as a guest, by `guest`. */
export async function openLambdaWorld(): Promise<LambdaWorld> {
  const local = await startLocalFederation({ tuning: { isSweepScheduled: false } });
  const { cloud, identity, deployed } = local;
  const deploy = (id: string) => local.deployWorker({ id });
  const functions = {
    bob: await deploy('bob'),
    alice: await deploy('alice'),
    carol: await deploy('carol'),
  };
  return {
    ...worldOf({ functions, identity, target: cloud }),
    ...{ cloud, functions, bucket: deployed.bucket },
    tokenFor: (choices) => identity.token(choices),
    forget: (id) => emptyPrefix(cloud, { bucket: deployed.bucket, prefix: `workers/${id}/` }),
    close: () => local.close(),
  };
}

/** The same three functions for the same two users, on the federation that was deployed if there is one. */
export async function openFunctions(): Promise<PointerWorld> {
  const shared = sharedFederation();
  if (shared === undefined) return await openLambdaWorld();
  const functions = workerFunctions(shared.outputs);
  const identity = await importIssuer(shared.issuer);
  // The federation stays when a file is done with it.
  return {
    ...worldOf({ functions, identity, target: targetOf(process.env) }),
    close: async () => {},
  };
}

type Users = Omit<PointerWorld, 'close'> & LambdaProgram & Pick<LambdaWorld, 'programOf'>;

interface Reached {
  readonly functions: WorkerFunctions;
  readonly identity: TokenIssuer;
  readonly target: Pick<ClientTarget, 'region' | 'endpoint'>;
}

function worldOf({ functions, identity, target: { region, endpoint } }: Reached): Users {
  const programOf = (subject: string, options: Program = {}): LambdaProgram => {
    const hook = new TensorHook(tf);
    const token = () => identity.token({ subject });
    const worker = (id: keyof WorkerFunctions) =>
      new LambdaWorker(hook, {
        ...{ id, functionName: functions[id], token, region, endpoint, ...options },
      });
    return { hook, bob: worker('bob'), alice: worker('alice'), carol: worker('carol') };
  };
  const mine = programOf('me');
  const guest = programOf('guest');
  return {
    ...{ ...mine, programOf },
    bobAgain: () => new LambdaWorker(mine.hook, { id: 'bob', functionName: functions.bob }),
    bobOfAnotherClass: () => new VirtualWorker(mine.hook, { id: 'bob' }),
    guest: { hook: guest.hook, bob: guest.bob },
  };
}

async function emptyPrefix(
  { endpoint, region, credentials }: LocalCloud,
  { bucket: Bucket, prefix: Prefix }: { readonly bucket: string; readonly prefix: string },
): Promise<void> {
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    if (Contents.length === 0) break;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
  s3.destroy();
}
