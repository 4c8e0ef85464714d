import { vi } from 'vitest';
import { Device, Federation, type TrainFunction } from '../../../src/index.ts';
import { decodeSafetensors, decodeWeights } from '../../../src/protocol/index.ts';
import { COORDINATOR_URL, type FakeWorld } from './fake-world.ts';

/** Adds 0.25 to every weight, on ten examples. */
export const addQuarter: TrainFunction = (weights, _plan, { onProgress }) => {
  onProgress({ done: 1, total: 2 });
  for (const { data } of Object.values(weights)) data.set(data.map((value) => value + 0.25));
  onProgress({ done: 2, total: 2 });
  return { weights, exampleCount: 10, metrics: { loss: 0.5 } };
};

export function federationIn(world: FakeWorld): Federation {
  return new Federation(
    { coordinatorUrl: COORDINATOR_URL, token: 'opaque' },
    { environment: world.environment },
  );
}

/** A device in a fake world, and a spy on its training. */
export function deviceIn(world: FakeWorld, train: TrainFunction = addQuarter) {
  const spy = vi.fn(train);
  const device = new Device({ federation: federationIn(world), deviceId: 'phone-1', train: spy });
  return { device, train: spy };
}

/** The update a device put, read back. */
export function storedUpdate(world: FakeWorld) {
  const bytes = world.stored.get(`/updates/${world.round}`);
  if (bytes === undefined) throw new Error('Nothing was uploaded');
  return { bytes, delta: decodeWeights(bytes), metadata: decodeSafetensors(bytes).metadata };
}
