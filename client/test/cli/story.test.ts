import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeWeights, encodeWeights } from '@tributary/client/protocol';
import { type LocalFederation, startLocalFederation } from '@tributary/infra-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COMMAND_TIMEOUT_MS,
  type Finished,
  jsonOf,
  makeFolder,
  type Running,
  start,
  tributary,
} from './support/command.ts';

/** Reads its data when it trains; the other script reads it before. */
const TRAIN_EXPORT = `
import { readFile } from 'node:fs/promises';
export async function train(weights, plan, { dataDirectory, onProgress }) {
  const reading = JSON.parse(await readFile(dataDirectory + '/reading.json', 'utf8'));
  onProgress({ done: 1, total: 1 });
  return { weights: { w: { ...weights.w, data: Float32Array.from(reading) } }, exampleCount: 4 };
}
`;

const FACTORY_EXPORT = `
import { readFile } from 'node:fs/promises';
import type { TrainFactory } from '@tributary/client/cli';
const factory: TrainFactory = async ({ dataDirectory }) => {
  const reading: number[] = JSON.parse(await readFile(dataDirectory + '/reading.json', 'utf8'));
  return ({ w }) => ({
    weights: { w: { ...w!, data: Float32Array.from(reading) } },
    exampleCount: 4,
  });
};
export default factory;
`;

const DIVERGED_EXPORT = `
export const train = ({ w }) => ({ weights: { w: { ...w, data: w.data.fill(NaN) } }, exampleCount: 1 });
`;

/** Nothing listens on it: 1 is reserved for tcpmux. */
const NOWHERE = 'http://127.0.0.1:1';

const LONG = { timeout: COMMAND_TIMEOUT_MS };
const ROUND = ['--goal', '2', '--minimum', '1', '--deadline-seconds', '3600'];

let local: LocalFederation;
let folder: string;
let unreachable: Running;

const run = (...parameters: string[]): Promise<Finished> => tributary(folder, ...parameters);

beforeAll(async () => {
  local = await startLocalFederation();
  const { coordinatorUrl, coordinatorFunction } = local.deployed;
  const stack = {
    CoordinatorUrl: coordinatorUrl,
    CoordinatorFunctionName: coordinatorFunction,
    BucketName: 'bucket',
    Region: local.cloud.region,
  };
  folder = await makeFolder({
    'cdk-outputs.json': JSON.stringify({ Network: { VpcId: 'vpc-1' }, Tributary: stack }),
    'plan.json': JSON.stringify({ training: { epochs: 2 }, update: { exampleCountCap: 100 } }),
    'model.safetensors': encodeWeights({
      w: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) },
    }),
    'train.mjs': TRAIN_EXPORT,
    'train.ts': FACTORY_EXPORT,
    'diverged.mjs': DIVERGED_EXPORT,
  });
  for (const [subject, reading] of [
    ['ada', '[3, 4]'],
    ['bo', '[5, 8]'],
  ] as const) {
    await mkdir(join(folder, subject));
    await writeFile(join(folder, subject, 'reading.json'), reading);
    await writeFile(join(folder, `${subject}.jwt`), await local.identity.token({ subject }));
  }
  const elsewhere = JSON.stringify({ coordinatorFunction, region: 'eu-west-1', endpoint: NOWHERE });
  await writeFile(join(folder, 'unreachable.json'), elsewhere);
  // It tries for a minute; the tests before it take about as long.
  unreachable = start(folder, 'round', 'watch', 'mean', '--json', '--config', 'unreachable.json');
});

afterAll(async () => {
  await local?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

describe('From the outputs of a deployment to a model on disk', () => {
  it('init reads the outputs of the stack that has a federation', LONG, async () => {
    const initialised = await run('init', '--outputs', 'cdk-outputs.json', '--json');
    expect(initialised).toMatchObject({ exitCode: 0, stderr: '' });
    const { coordinatorUrl, coordinatorFunction } = local.deployed;
    const config = { coordinatorUrl, coordinatorFunction, region: local.cloud.region };
    expect(jsonOf(initialised)).toEqual({ path: 'tributary.json', config });
    expect(JSON.parse(await readFile(join(folder, 'tributary.json'), 'utf8'))).toEqual(config);
  });

  it('model create makes version 0 of a plan file and a safetensors file', LONG, async () => {
    const files = ['--plan', 'plan.json', '--weights', 'model.safetensors'];
    const created = await run('model', 'create', 'mean', ...files);
    expect(created).toEqual({
      exitCode: 0,
      stdout: 'Model mean is created, version 0\n',
      stderr: '1 tensor trained in rounds: w\n',
    });
    const shown = await run('model', 'show', 'mean', '--json');
    expect(jsonOf(shown)).toMatchObject({
      model: 'mean',
      version: 0,
      openRound: null,
      plan: { training: { epochs: 2 }, update: { exampleCountCap: 100 } },
    });
  });

  it('without an open round a device is told to come back, which is no failure', LONG, async () => {
    const asked = await device('ada', 'train.mjs', '--token-file', 'ada.jwt', '--json');
    expect(asked.exitCode).toBe(0);
    expect(jsonOf(asked)).toMatchObject({ outcomes: [{ kind: 'no-round' }] });
    expect(asked.stderr).toContain('No round of model mean is open; ask again in');
  });

  it('two devices and a watcher see a round through', LONG, async () => {
    const started = await run('round', 'start', 'mean', ...ROUND, '--json');
    expect(jsonOf(started)).toMatchObject({ round: 1, baseVersion: 0 });
    const watching = start(folder, 'round', 'watch', 'mean', '--json');
    await watching.noted('Round 1 of model mean collects until');
    const [ada, bo] = await Promise.all([
      device('ada', 'train.mjs', '--token-file', 'ada.jwt', '--json'),
      device('bo', 'train.ts', '--token-command', 'cat bo.jwt'),
    ]);
    expect(ada.stderr).toContain('the update is part of version 1');
    expect(jsonOf(ada)).toEqual({ outcomes: [{ kind: 'accepted', round: 1, version: 1 }] });
    expect(bo).toMatchObject({ exitCode: 0, stdout: 'accepted\n' });
    const watched = await watching.finished;
    expect(watched.exitCode).toBe(0);
    expect(jsonOf(watched)).toMatchObject({ kind: 'published', version: 1, included: 2 });
  });

  it('model export writes a file that opens and holds the mean', LONG, async () => {
    const exported = await run('model', 'export', 'mean', '--out', 'exported', '--json');
    const file = join('exported', 'model.safetensors');
    const files = [file, join('exported', 'plan.json')];
    expect(jsonOf(exported)).toMatchObject({ model: 'mean', version: 1, files });
    const { w } = decodeWeights(await readFile(join(folder, file)));
    expect(w).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(4, 6) });
  });

  it('model export does not replace the plan file of another plan', LONG, async () => {
    const refused = await run('model', 'export', 'mean', '--json');
    expect(refused.exitCode).toBe(2);
    expect(jsonOf(refused)).toMatchObject({ error: { code: 'plan-file-exists' } });
    const exported = await run('model', 'export', 'mean', '--out', 'exported', '--json');
    expect(exported.exitCode).toBe(0);
  });

  it('model create takes what model export wrote, roles stated by hand too', LONG, async () => {
    const plan = JSON.stringify({ training: { epochs: 3 }, roles: { w: 'statistic' } });
    await writeFile(join(folder, 'averaged.json'), plan);
    const files = ['--plan', 'averaged.json', '--weights', 'model.safetensors'];
    expect((await run('model', 'create', 'fixed', ...files)).exitCode).toBe(0);
    await run('model', 'export', 'fixed', '--out', 'fixed');
    const again = ['--plan', 'fixed/plan.json', '--weights', 'fixed/model.safetensors'];
    expect((await run('model', 'create', 'again', ...again)).exitCode).toBe(0);
    const [fixed, created] = await Promise.all(
      ['fixed', 'again'].map(async (model) => jsonOf(await run('model', 'show', model, '--json'))),
    );
    expect(created).toMatchObject({ plan: { tensors: [{ name: 'w', role: 'statistic' }] } });
    const planOf = (shown: unknown) => ({ ...(shown as { plan: object }).plan, model: undefined });
    expect(planOf(created)).toEqual(planOf(fixed));
  });

  it('an older version is exported by its number', LONG, async () => {
    const options = ['--version', '0', '--format', 'tfjs', '--out', 'first'];
    const exported = await run('model', 'export', 'mean', ...options);
    expect(exported.exitCode).toBe(0);
    const bytes = await readFile(join(folder, 'first', 'weights.bin'));
    expect(new Float32Array(new Uint8Array(bytes).buffer)).toEqual(Float32Array.of(1, 2));
  });

  it('status, model list, round list and round show tell what happened', LONG, async () => {
    const [status, models, rounds, round] = await Promise.all([
      run('status'),
      run('model', 'list', '--json'),
      run('round', 'list', 'mean', '--json'),
      run('round', 'show', 'mean'),
    ]);
    expect(status.stdout).toBe(
      'MODEL  VERSION  OPEN ROUND\nagain  0        none\nfixed  0        none\nmean   1        none\n',
    );
    expect(jsonOf(models)).toEqual({ models: ['again', 'fixed', 'mean'] });
    expect(jsonOf(rounds)).toEqual({
      model: 'mean',
      rounds: [{ round: 1, phase: 'published', reason: null, version: 1 }],
    });
    expect(round.stdout).toContain(
      'Round 1 of model mean published version 1\nIncluded  2 updates',
    );
  });
});

describe('F28 the exit code tells how it ended, stdout is one JSON value, errors are on stderr', () => {
  it('round watch on an aborted round: 3, and the result', LONG, async () => {
    await run('round', 'start', 'mean', ...ROUND);
    const watching = start(folder, 'round', 'watch', 'mean', '2', '--json');
    await watching.noted('collects until');
    const ended = await run('round', 'abort', 'mean', '--json');
    expect(ended.exitCode).toBe(0);
    expect(jsonOf(ended)).toMatchObject({ round: 2, phase: 'aborted' });
    const watched = await watching.finished;
    expect(watched.exitCode).toBe(3);
    expect(jsonOf(watched)).toMatchObject({ kind: 'aborted', reason: 'operator', version: 1 });
    expect(watched.stderr).toMatch(/Round 2 of model mean was aborted .* \(operator\)\n$/);
  });

  it('round watch ended by Ctrl-C: 130', LONG, async () => {
    await run('round', 'start', 'mean', ...ROUND);
    const watching = start(folder, 'round', 'watch', 'mean', '--json');
    await watching.noted('collects until');
    watching.child.kill('SIGINT');
    const watched = await watching.finished;
    expect(watched.exitCode).toBe(130);
    expect(jsonOf(watched)).toMatchObject({ error: { code: 'interrupted' } });
    expect(watched.stderr).toContain('(interrupted)');
  });

  it('round watch for longer than --timeout-seconds: 4', LONG, async () => {
    const watched = await run('round', 'watch', 'mean', '--json', '--timeout-seconds', '0.5');
    expect(watched.exitCode).toBe(4);
    expect(jsonOf(watched)).toMatchObject({ error: { code: 'gave-up' } });
  });

  it('a request the coordinator refuses: 5, with its code', LONG, async () => {
    const refused = await run('round', 'start', 'mean', ...ROUND, '--json');
    expect(refused.exitCode).toBe(5);
    expect(jsonOf(refused)).toMatchObject({ error: { code: 'round-open', detail: { round: 3 } } });
    expect(refused.stderr).toMatch(/\(round-open\)\n$/);
  });

  it('a token that is no token: 5, with its code', LONG, async () => {
    const refused = await device('ada', 'train.mjs', '--token', 'none', '--json');
    expect(refused.exitCode).toBe(5);
    expect(jsonOf(refused)).toHaveProperty('error.code');
  });

  it('device run whose training diverges: 1, before anything is uploaded', LONG, async () => {
    const finished = await device('ada', 'diverged.mjs', '--token-file', 'ada.jwt', '--json');
    expect(finished.exitCode).toBe(1);
    expect(jsonOf(finished)).toMatchObject({ error: { code: 'non-finite' } });
  });

  it('device run whose round is aborted: 3', LONG, async () => {
    const running = start(
      folder,
      ...['device', 'run', 'mean', '--data', 'ada', '--train', 'train.mjs'],
      ...['--device-id', 'ada', '--token-file', 'ada.jwt', '--json'],
    );
    await running.noted('Outcome: waiting for the round to end');
    await run('round', 'abort', 'mean');
    const finished = await running.finished;
    expect(finished.exitCode).toBe(3);
    expect(jsonOf(finished)).toMatchObject({ outcomes: [{ kind: 'aborted', reason: 'operator' }] });
  });

  it('a model nobody created: 6, saying what there is', LONG, async () => {
    const shown = await run('model', 'show', 'nosuch', '--json');
    expect(shown.exitCode).toBe(6);
    expect(jsonOf(shown)).toMatchObject({ error: { code: 'model-unknown' } });
    expect(shown.stderr).toContain('models are again, fixed, mean');
    const misspelt = await run('model', 'show', 'maen');
    expect(misspelt).toMatchObject({ exitCode: 6, stdout: '' });
    expect(misspelt.stderr).toContain('did you mean mean?');
  });

  it('a round or version that never was: 6, saying what there is', LONG, async () => {
    const [round, version, open] = await Promise.all([
      run('round', 'watch', 'mean', '77', '--json'),
      run('model', 'export', 'mean', '--version', '2', '--out', 'never'),
      run('round', 'close', 'mean'),
    ]);
    expect([round.exitCode, version.exitCode, open.exitCode]).toEqual([6, 6, 6]);
    expect(round.stderr).toContain('its rounds are 3, 2, 1');
    expect(version.stderr).toContain('its versions are 1, 0');
    expect(open.stderr).toContain('has no open round');
  });

  it('completion offers commands, options and the names of models', LONG, async () => {
    const words = async (...typed: string[]) =>
      (await run('complete-words', '--', ...typed)).stdout.trim().split('\n');
    const answers = await Promise.all([
      words('ro'),
      words('round', ''),
      words('round', 'watch', 'm'),
      words('model', 'export', 'mean', '--ver'),
    ]);
    expect(answers).toEqual([
      ['round'],
      ['start', 'watch', 'show', 'list', 'close', 'abort'],
      ['mean'],
      ['--version', '--verbose'],
    ]);
  });

  it('a federation that does not answer: 4', LONG, async () => {
    const watched = await unreachable.finished;
    expect(watched.exitCode).toBe(4);
    expect(jsonOf(watched)).toMatchObject({ error: { code: 'invoke-failed' } });
    expect(watched.stderr).toContain('did not answer');
  });
});

function device(subject: string, script: string, ...more: string[]): Promise<Finished> {
  const options = ['--data', subject, '--train', script, '--device-id', subject];
  return run('device', 'run', 'mean', ...options, ...more);
}
