import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '@tributary/client/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deviceName, poisonedDevice } from '../../examples/digits/devices.ts';
import type { DigitsOptions } from '../../examples/digits/options.ts';
import { runDigits, workOf } from '../../examples/digits/run.ts';
import type { RunRecord } from '../../examples/digits/run-record.ts';
import { createPlainLines } from '../../examples/digits/terminal-lines.ts';

/** Enough to run every part; it need not learn much. */
const EXAMPLES_PER_DEVICE = 60;

/** Seconds on an idle machine; a bound on a busy one. */
const TIMEOUT_MS = 180_000;

const lines: string[] = [];
let folder: string;
let options: DigitsOptions;
let run: RunRecord;

function runSmall(output: string): Promise<RunRecord> {
  const print = (text: string) => {
    lines.push(text);
  };
  options = {
    devices: 2,
    rounds: 1,
    seed: 5,
    strategy: 'fedavg',
    iid: true,
    clientsPerRound: 2,
    output: join(folder, output),
  };
  return runDigits(options, {
    terminal: { print, startRound: (totals) => createPlainLines(print, totals) },
    signal: new AbortController().signal,
    examplesPerDevice: EXAMPLES_PER_DEVICE,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-run-'));
  run = await runSmall('first');
}, TIMEOUT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('one device is accepted, the one that sends NaNs is rejected by name and code', () => {
  const name = deviceName(poisonedDevice(options), options.devices);
  expect(run.rounds).toHaveLength(1);
  expect(run.rounds[0]).toMatchObject({
    round: 1,
    version: 1,
    abortReason: null,
    clients: 2,
    included: 1,
    rejected: [{ device: name, code: 'non-finite' }],
  });
});

test('bytes are counted on both sides of the device', () => {
  const [round] = run.rounds;
  expect(run.imageBytes).toBe(2 * EXAMPLES_PER_DEVICE * 785);
  expect(round?.uploadedBytes).toBeGreaterThan(2 * 199_210 * 4);
  expect(round?.usage.egressBytes).toBeGreaterThan(2 * 199_210 * 4);
});

test('requests, invocations and their modelled cost are more than nothing', () => {
  const { usage, cost } = run.rounds[0] ?? { usage: undefined, cost: undefined };
  for (const item of ['s3Writes', 's3Reads', 'sqsRequests', 'lambdaInvocations'] as const) {
    expect(usage?.[item]).toBeGreaterThan(0);
  }
  expect(usage?.lambdaGigabyteSeconds).toBeGreaterThan(0);
  expect(cost?.totalUsd).toBeGreaterThan(cost?.items.egressBytes ?? 0);
});

test('the trained model differs from the initial one and is measured on all test images', () => {
  const accuracy = run.rounds[0]?.accuracy ?? 0;
  expect(accuracy).not.toBe(run.initialAccuracy);
  expect(accuracy * 10_000).toBeCloseTo(Math.round(accuracy * 10_000), 2);
});

test('report and model are in the output directory, and the printed digest is the file’s', async () => {
  const files = await readdir(options.output);
  expect(files.sort()).toEqual(['model.json', 'model.safetensors', 'report.html', 'weights.bin']);
  const file = await readFile(join(options.output, 'model.safetensors'));
  expect(createHash('sha256').update(file).digest('hex')).toBe(run.weightsSha256);
  const { metadata, tensors } = decodeSafetensors(file);
  expect(metadata).toMatchObject({ model: 'digits', version: '1' });
  expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
    ['digit/bias', [10]],
    ['digit/kernel', [200, 10]],
    ['hidden_1/bias', [200]],
    ['hidden_1/kernel', [784, 200]],
    ['hidden_2/bias', [200]],
    ['hidden_2/kernel', [200, 200]],
  ]);
  expect(await readFile(join(options.output, 'report.html'), 'utf8')).toContain(run.weightsSha256);
});

test('it says which backend trains, and sums the run up', () => {
  const text = lines.join('\n');
  expect(text).toMatch(/Training on (tensorflow|wasm|cpu), TensorFlow\.js [\d.]+, \d threads: /);
  expect(text).toContain('Round 1 of 1: 2 devices train');
  expect(text).toMatch(/Accuracy {2}[▁▂▃▄▅▆▇█]{2} /u);
  expect(text).toContain(`SHA-256 ${run.weightsSha256}`);
  expect(text).toContain(join(options.output, 'model.safetensors'));
});

test('what is staged is said beforehand, and how much there is to do', () => {
  const text = lines.join('\n');
  const name = deviceName(poisonedDevice(options), options.devices);
  expect(run.stagedDevice).toBe(name);
  expect(text).toContain(`Staged: ${name} sends broken numbers on purpose, to show a rejection`);
  expect(text).toContain(`rejected: ${name} (non-finite, on purpose)`);
  const full = { devices: 20, clientsPerRound: 20, rounds: 10 };
  expect(workOf(full)).toBe(
    'Trains on 600 thousand images in 10 rounds; a quick look has a 5th of the work: npm start -- --devices 6 --rounds 2',
  );
  expect(workOf({ ...full, clientsPerRound: 5, rounds: 2 })).toBe(
    'Trains on 30 thousand images in 2 rounds',
  );
});

test('the same seed gives the same bits', { timeout: TIMEOUT_MS }, async () => {
  expect((await runSmall('again')).weightsSha256).toBe(run.weightsSha256);
});

test('a run that is stopped throws the reason and leaves nothing of it', {
  timeout: TIMEOUT_MS,
}, async () => {
  const reason = new Error('stopped');
  const print = () => {};
  const stopped = runDigits(options, {
    terminal: { print, startRound: (totals) => createPlainLines(print, totals) },
    signal: AbortSignal.abort(reason),
  });
  await expect(stopped).rejects.toBe(reason);
  expect(process.env['AWS_ENDPOINT_URL']).toBeUndefined();
});
