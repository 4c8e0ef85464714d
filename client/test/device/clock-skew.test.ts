import { describe, expect, it } from 'vitest';
import { FakeWorld, storageError } from './support/fake-world.ts';
import { deviceIn } from './support/participants.ts';

const accepted = { kind: 'accepted', round: 4, version: 4 };
const DAY_AND_MORE_MS = 26 * 3600 * 1000;

/** A device whose clock differs from the coordinator's. */
function skewed(offsetMs: number) {
  const world = new FakeWorld();
  const { now } = world.environment;
  Object.assign(world.environment, { now: () => now() + offsetMs });
  return { world, ...deviceIn(world) };
}

describe.each([
  ['ahead', DAY_AND_MORE_MS],
  ['behind', -DAY_AND_MORE_MS],
])('a device whose clock is 26 hours %s', (_name, offsetMs) => {
  it('takes part as any other: lifetimes are counted, not compared with its clock', async () => {
    const { world, device } = skewed(offsetMs);
    expect(await device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put outcome');
  });

  it('asks for another slot when storage says that one has expired', async () => {
    const { world, device } = skewed(offsetMs);
    world.script('put', storageError(403, 'AccessDenied', 'Request has expired'));
    expect(await device.participate('digits')).toEqual(accepted);
    expect(world.kinds()).toBe('check-in get slot put slot put outcome');
  });

  it('waits until a date of retry-after by the clock of who states it', async () => {
    const { world, device } = skewed(offsetMs);
    const at = (ms: number) => new Date(1_700_000_000_000 + ms).toUTCString();
    const busy = () =>
      new Response(null, { status: 503, headers: { date: at(0), 'retry-after': at(20_000) } });
    world.script('check-in', busy).script('put', busy);
    expect(await device.participate('digits')).toEqual(accepted);
    expect(world.sleeps).toEqual([20_250, 20_250]);
  });
});
