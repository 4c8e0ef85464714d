import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PRICES } from '../../../client/examples/digits/costs.ts';
import { roundRequests, SWEEP } from './round-requests.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** What the README takes a device to do, and a round to last. */
const POLLS = 7;
const COORDINATOR_REQUESTS = 10;
const LOOKS_MAX = 3_600;

const SWEEPS_OF_MONTH = 43_800;

/** Scheduler and function of the sweeps, polling of queues, alarms, metrics, the secret. */
const OTHER_IDLE_USD: number = 0.07 + 0.52 + 0.9 + 3 + 0.4;

const usd = (item: keyof typeof PRICES, amount: number): number =>
  (amount / PRICES[item].per) * PRICES[item].usd;

const s3Usd = ({ writes, reads }: { writes: number; reads: number }): number =>
  usd('s3Writes', writes) + usd('s3Reads', reads);

interface Month {
  readonly devices: number;
  readonly megabytes: number;
  readonly rounds: number;
}

/** US dollars by column of the README's table. */
function monthOf({ devices, megabytes, rounds }: Month): number[] {
  const gigabytes = (devices * megabytes * rounds) / 1_000;
  const requests = roundRequests({
    devices,
    modelBytes: megabytes * 1e6,
    polls: POLLS,
    looks: Math.min(devices, LOOKS_MAX),
  });
  const calls = COORDINATOR_REQUESTS * devices * rounds;
  const gigabyteSeconds = calls * 0.5 * 0.05 + (gigabytes * 1_000) / 150;
  const functions =
    usd('lambdaInvocations', calls) +
    usd('lambdaGigabyteSeconds', gigabyteSeconds) +
    usd('sqsRequests', 3 * devices * rounds);
  const sweep = { writes: SWEEP.writes, reads: SWEEP.readsOfModel };
  const idle = OTHER_IDLE_USD + SWEEPS_OF_MONTH * s3Usd(sweep);
  const columns = [gigabytes * 0.09, gigabytes * 0.023, rounds * s3Usd(requests), functions, idle];
  return [...columns, columns.reduce((sum, column) => sum + column)];
}

/** Cells of the README's row as numbers. */
function rowOf(name: string): number[] {
  const row = README.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? '';
  return row
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.replace(/[^0-9.]/g, '')));
}

test.each(['a trial', 'a product', 'a fleet'])('the README’s row of %s is modelled', (name) => {
  const [devices = 0, megabytes = 0, rounds = 0, ...said] = rowOf(name);
  const month = monthOf({ devices, megabytes, rounds });
  const rounded = month.map((value, at) => Number(value.toFixed(at === month.length - 1 ? 0 : 2)));
  expect(said).toEqual(rounded);
});
