import { Device } from '@tributary/client';
import type { LocalFederation } from '@tributary/infra-test';
import { selectClients } from './client-selection.ts';
import { PIXELS } from './data.ts';
import type { DigitsOptions } from './options.ts';
import type { DigitsDevice } from './round.ts';
import type { TrainingPool } from './training-pool.ts';

/** One byte a pixel and one for the label, as MNIST's own files have them. */
const EXAMPLE_BYTES: number = PIXELS + 1;

/** What the devices share. */
export interface DevicesInput {
  readonly options: DigitsOptions;
  readonly federationOf: LocalFederation['federationOf'];
  readonly pool: TrainingPool;
  /** Training images of each device. */
  readonly shards: readonly Int32Array[];
}

/** Makes every device, each with a token of its own; one of them sends NaNs. */
export function createDevices(input: DevicesInput): readonly DigitsDevice[] {
  const { options, federationOf, pool, shards } = input;
  const poisoned = poisonedDevice(options);
  return shards.map((shard, index) => {
    const name = deviceName(index, shards.length);
    const isPoisoned = index === poisoned;
    const train = pool.trainer(index, isPoisoned ? { poison: 'nan' } : {});
    // A device checks its numbers before it uploads them; this one is to be rejected by the aggregator.
    const parts = { isUnchecked: isPoisoned };
    const device = new Device({ federation: federationOf(name), deviceId: name, train }, parts);
    return { name, device, rawBytes: shard.length * EXAMPLE_BYTES };
  });
}

/** The device that sends NaNs: one that takes part in the first round. */
export function poisonedDevice(options: DigitsOptions): number {
  const clients = selectClients({ ...options, round: 1 });
  return clients[options.seed % clients.length] ?? 0;
}

/** `device-07`: numbers from 1, as wide as the largest. */
export function deviceName(index: number, count: number): string {
  return `device-${String(index + 1).padStart(Math.max(2, String(count).length), '0')}`;
}
