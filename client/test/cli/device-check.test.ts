import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckInAnswer,
  encodeUpdate,
  encodeWeights,
  type TrainingPlan,
} from '@tributary/client/protocol';
import { type LocalFederation, startLocalFederation } from '@tributary/infra-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COMMAND_TIMEOUT_MS,
  type Finished,
  jsonOf,
  testFolder,
  tributary,
} from './support/command.ts';

const LONG = { timeout: COMMAND_TIMEOUT_MS };
const ROUND = ['--goal', '2', '--minimum', '1', '--deadline-seconds', '3600'];

type Selected = Extract<CheckInAnswer, { kind: 'selected' }>;

let local: LocalFederation;

beforeAll(async () => {
  local = await startLocalFederation();
}, COMMAND_TIMEOUT_MS);
afterAll(() => local?.close());

/** A folder of a device: a token, and a configuration without the operator's function. */
async function deviceFolder(token: string): Promise<string> {
  const { coordinatorUrl } = local.deployed;
  return testFolder({ 'tributary.json': JSON.stringify({ coordinatorUrl }), 'ada.jwt': token });
}

async function operatorFolder(): Promise<string> {
  const { coordinatorUrl, coordinatorFunction } = local.deployed;
  const { endpoint, region } = local.cloud;
  const folder = await testFolder({
    'tributary.json': JSON.stringify({ coordinatorUrl, coordinatorFunction, endpoint, region }),
    'plan.json': JSON.stringify({ training: {} }),
  });
  const weights = encodeWeights({ w: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) } });
  await writeFile(join(folder, 'model.safetensors'), weights);
  return folder;
}

async function checkIn(token: string): Promise<Selected> {
  const base = local.deployed.coordinatorUrl.replace(/\/+$/, '');
  const answer = await fetch(`${base}/v1/models/mean/check-in`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ schema: 1 }),
  });
  return (await answer.json()) as Selected;
}

function updateOf(plan: TrainingPlan, device: string, baseVersion: number): Uint8Array {
  const data = Float32Array.of(0.5, 1);
  const delta = { w: { dtype: 'F32', shape: [2], data } } as const;
  return encodeUpdate({ plan, baseVersion, device, exampleCount: 3, metrics: {}, delta });
}

describe('device check', () => {
  it(
    'learns the plan, the base version and the pseudonym by a check-in or from a file',
    LONG,
    async () => {
      const operator = await operatorFolder();
      const asOperator = (...words: string[]): Promise<Finished> => tributary(operator, ...words);
      const files = ['--plan', 'plan.json', '--weights', 'model.safetensors'];
      expect((await asOperator('model', 'create', 'mean', ...files)).exitCode).toBe(0);

      const token = await local.identity.token({ subject: 'ada' });
      const folder = await deviceFolder(token);
      const check = (file: string, ...words: string[]): Promise<Finished> =>
        tributary(folder, 'device', 'check', 'mean', file, ...words);
      await writeFile(join(folder, 'any'), 'a,b\n1,2\n');
      const early = await check('any', '--token-file', 'ada.jwt');
      expect(early).toMatchObject({ exitCode: 5, stdout: '' });
      expect(early.stderr).toMatch(
        /^No round of model mean is open, .*give --plan.* \(no-round\)\n$/,
      );

      expect((await asOperator('round', 'start', 'mean', ...ROUND)).exitCode).toBe(0);
      const { plan, device, ...answer } = await checkIn(token);
      await writeFile(join(folder, 'good'), updateOf(plan, device, 0));
      await writeFile(join(folder, 'old'), updateOf(plan, device, 7));
      await writeFile(join(folder, 'check-in.json'), JSON.stringify({ plan, device, ...answer }));

      for (const source of [
        ['--token-file', 'ada.jwt'],
        ['--plan', 'check-in.json'],
      ]) {
        expect(await check('good', ...source)).toEqual({
          exitCode: 0,
          stdout: 'It fits the plan; 3 examples\n',
          stderr: '',
        });
        const old = await check('old', '--json', ...source);
        expect(old.exitCode).toBe(5);
        expect(jsonOf(old)).toMatchObject({ kind: 'invalid', code: 'wrong-base' });
      }

      await writeFile(join(operator, 'old'), updateOf(plan, device, 7));
      const shown = await asOperator('device', 'check', 'mean', 'old', '--json');
      expect(jsonOf(shown)).toMatchObject({ kind: 'invalid', code: 'wrong-base' });

      const other = { ...plan, model: 'median' };
      await writeFile(join(folder, 'other.json'), JSON.stringify(other));
      const confused = await check('good', '--plan', 'other.json');
      expect(confused).toMatchObject({ exitCode: 2, stdout: '' });
      expect(confused.stderr).toMatch(/plan of model median, expected that of mean/);

      const nowhere = await check('good');
      expect(nowhere).toMatchObject({ exitCode: 2, stdout: '' });
      expect(nowhere.stderr).toMatch(
        /no coordinatorFunction.*--plan .*--token-file.*\(config-missing\)/,
      );
    },
  );
});
