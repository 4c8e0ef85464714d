/**
 * Rounds of devices in Python on a federation of this machine, and their versions verified by numpy from
 * the bucket's objects. The one argument is a Python with requests, numpy and safetensors.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { type LocalFederation, startLocalFederation } from '../local-federation/index.ts';

const EXAMPLES = fileURLToPath(new URL('../../../client/examples/python', import.meta.url));
const MODEL = 'line';
const ROUNDS = 3;

/** Readings of three devices: two features and the target, 2·x − y + 1. */
const READINGS: readonly string[] = [
  '0.5,1,1\n1,0,3\n0,0.25,0.75\n-1,1,-2\n',
  '0.1,0.2,1\n0.7,-0.3,2.7\n',
  '-0.4,0.9,-0.7\n0.3,0.3,1.3\n1.5,0.5,3.5\n',
];

const run = promisify(execFile);

const [python] = process.argv.slice(2);
if (python === undefined) throw new Error('Name the Python: main.ts .cache/python/bin/python');

const federation = await startLocalFederation();
const folder = await mkdtemp(join(tmpdir(), 'tributary-python-'));
try {
  await createModel(federation);
  for (let round = 1; round <= ROUNDS; round += 1) await playRound(federation, python);
} finally {
  await rm(folder, { recursive: true, force: true });
  await federation.close();
}

/** Tensors in another order than their names', a frozen one and a moving mean among them, and state from round to round. */
function createModel({ operator }: LocalFederation): Promise<unknown> {
  const tensor = (shape: number[]) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    return { dtype: 'F32', shape, data: data.map((_, at) => 0.1 * (at + 1)) };
  };
  return operator.createModel({
    model: MODEL,
    weights: {
      'norm/mean': tensor([2]),
      'dense/kernel': tensor([2, 1]),
      'dense/bias': tensor([1]),
      'dense/frozen': tensor([5, 3]),
    },
    plan: {
      training: { epochs: 20, learningRate: 0.1 },
      strategy: { name: 'fedavgm', options: { momentum: 0.5, learningRate: 0.75 } },
      roles: { 'norm/mean': 'statistic', 'dense/frozen': 'frozen' },
    },
  });
}

async function playRound(local: LocalFederation, program: string): Promise<void> {
  const { operator } = local;
  const settings = { goal: READINGS.length, minimum: READINGS.length - 1, deadlineSeconds: 60 };
  const { round } = await operator.startRound(MODEL, settings);

  const outcomes = await Promise.all(READINGS.map((_, at) => takePart(local, program, at)));
  const result = await operator.waitForRound(MODEL, round);
  process.stdout.write(`round ${round}: ${result.kind}, ${outcomes.join(' ')}\n`);
  if (result.kind !== 'published' || result.included !== READINGS.length) {
    throw new Error(`Round ${round} counted too few Python devices: ${JSON.stringify(result)}`);
  }

  const copy = join(folder, `bucket-${round}`);
  await copyBucket(local, copy);
  const script = join(EXAMPLES, 'verify.py');
  const { stdout } = await run(program, [script, copy, MODEL, String(round)]);
  process.stdout.write(stdout);
}

/** Runs one device to its end. */
async function takePart(local: LocalFederation, program: string, at: number): Promise<string> {
  const tokenFile = join(folder, `token-${at}`);
  const dataFile = join(folder, `readings-${at}.csv`);
  await writeFile(tokenFile, await local.identity.token({ subject: `python-${at}` }));
  await writeFile(dataFile, READINGS[at] ?? '');

  const { coordinatorUrl } = local.deployed;
  const files = ['--token-file', tokenFile, '--data', dataFile];
  const script = join(EXAMPLES, 'device.py');
  const { stdout } = await run(program, [script, coordinatorUrl, MODEL, ...files]);
  return stdout.trim();
}

async function copyBucket({ cloud, deployed }: LocalFederation, target: string): Promise<void> {
  const client = new S3Client({
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: cloud.credentials,
    forcePathStyle: true,
  });
  const Bucket = deployed.bucket;

  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
    for (const { Key = '' } of Contents) {
      const path = join(target, Key);
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, (await Body?.transformToByteArray()) ?? '');
    }
  }
  client.destroy();
}
