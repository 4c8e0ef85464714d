import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './world.ts';

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

function logOf({ cloud, deployed }: World): Promise<string> {
  return readFile(join(cloud.logDirectory, `${deployed.aggregatorFunction}.log`), 'utf8');
}
