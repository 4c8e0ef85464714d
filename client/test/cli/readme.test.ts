import { execFile } from 'node:child_process';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeWeights } from '@tributary/client/protocol';
import { type LocalFederation, startLocalFederation } from '@tributary/infra-test';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { COMMAND_TIMEOUT_MS, makeFolder } from './support/command.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const README = await readFile(join(ROOT, 'README.md'), 'utf8');

let local: LocalFederation;
let folder: string;

beforeAll(async () => {
  local = await startLocalFederation();
  const { coordinatorUrl, coordinatorFunction } = local.deployed;
  const Tributary = {
    CoordinatorUrl: coordinatorUrl,
    CoordinatorFunctionName: coordinatorFunction,
    Region: local.cloud.region,
  };
  folder = await makeFolder({
    'cdk-outputs.json': JSON.stringify({ Tributary }),
    'ada.jwt': await local.identity.token({ subject: 'ada' }),
    'bo.jwt': await local.identity.token({ subject: 'bo' }),
  });
  // What it writes must not lie about in the repository.
  for (const name of ['client', 'node_modules'])
    await symlink(join(ROOT, name), join(folder, name));
  await writeFile(join(folder, 'package.json'), '{"private":true}');
});

afterAll(async () => {
  await local?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** The commands that follow a deployment, word for word. */
function commandsAfterDeployment(): string {
  const blocks = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const found = blocks.filter((block) => block.startsWith('npx tributary init'));
  expect(found).toHaveLength(1);
  return found.join('');
}

it(
  'the README, word for word, ends with a trained model on disk',
  async () => {
    const script = commandsAfterDeployment();
    const run = promisify(execFile)('bash', ['-e', '-c', script], { cwd: folder });
    const { stdout, stderr } = await run;
    expect(stdout).toContain('Round 1 of model line published version 1\nIncluded  2 updates');
    expect(stderr).toContain('the update is part of version 1');
    const { slope, intercept } = decodeWeights(
      await readFile(join(folder, 'exported', 'model.safetensors')),
    );
    expect(slope?.data[0]).toBeCloseTo(2, 1);
    expect(intercept?.data[0]).toBeCloseTo(1, 1);
  },
  COMMAND_TIMEOUT_MS,
);

it('the README has every exit code, and no other', () => {
  const rows = [...README.matchAll(/^\| (\d+(?:, \d+)*) \| .+ \|$/gm)];
  const listed = rows.flatMap(([, codes = '']) => codes.split(', ').map(Number));
  expect(listed).toEqual(Object.values(EXIT_CODES));
});
