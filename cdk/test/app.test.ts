import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const CDK = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-synth-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `cdk synth` as on a machine without credentials, configuration, Docker or network. */
function synth(...words: string[]) {
  const nowhere = 'http://127.0.0.1:9';
  const output = join(folder, 'cdk.out');
  return run(process.execPath, [CDK, 'synth', '--quiet', '--output', output, ...words], {
    cwd: ROOT,
    env: { HOME: folder, PATH: join(process.execPath, '..'), https_proxy: nowhere },
  });
}

test('cdk synth needs nothing but Node, and puts out what tools look for', async () => {
  await synth('-c', 'name=watches');
  const text = await readFile(join(folder, 'cdk.out', 'watches.template.json'), 'utf8');
  const template = JSON.parse(text) as { Outputs: Record<string, unknown> };
  expect(Object.keys(template.Outputs)).toEqual(
    expect.arrayContaining([
      ...['CoordinatorUrl', 'CoordinatorFunctionName', 'AggregatorFunctionName', 'BucketName'],
      ...['TaskQueueUrl', 'HintQueueUrl', 'DeadLetterQueueUrl', 'Region'],
    ]),
  );
});

test('F17: a setting that can’t be is one sentence and no stack trace', async () => {
  const failed = await synth('-c', 'sweepMinutes=1.5').catch((error: { stderr: string }) => error);
  expect(failed.stderr).toContain('Sweep interval is 90 seconds');
  expect(failed.stderr).not.toContain('    at ');
});
