import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { World } from './world.ts';

const WAIT = { timeout: 60_000, interval: 50 };

/** What the aggregator wrote to its log: one JSON object a line, between Lambda's own lines. */
export async function aggregatorEvents(world: World): Promise<Record<string, unknown>[]> {
  const lines = (await logOf(world)).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line));
}

/** Most memory any of the aggregator's processes had so far, in MB, as Lambda reports it. */
export async function aggregatorMemoryMegabytes(world: World): Promise<number> {
  const reports = (await logOf(world)).matchAll(/^REPORT .*Max Memory Used: (\d+) MB/gm);
  const peaks = [...reports].map(([, megabytes]) => Number(megabytes));
  if (peaks.length === 0) throw new Error('The aggregator has reported no invocation yet');
  return Math.max(...peaks);
}

/** Waits until the aggregator has done everything that its queues asked for. */
export async function untilIdle({ cloud, deployed }: World): Promise<void> {
  const { sqs } = cloud;
  await vi.waitFor(() => {
    for (const { arn } of [deployed.queues.hints, deployed.queues.tasks]) {
      expect(sqs.findQueue(arn)?.counts()).toMatchObject({ ready: 0, inFlight: 0 });
    }
  }, WAIT);
}

/** The aggregator's log with every invocation that has ended: the file is written a moment later. */
async function logOf({ cloud, deployed }: World): Promise<string> {
  const name = deployed.aggregatorFunction;
  const ended = cloud.lambda.counters().byFunction[name]?.invocations ?? 0;
  return vi.waitFor(async () => {
    const log = await readFile(join(cloud.logDirectory, `${name}.log`), 'utf8');
    expect(log.match(/^REPORT /gm)?.length ?? 0).toBeGreaterThanOrEqual(ended);
    return log;
  }, WAIT);
}
