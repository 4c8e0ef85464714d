import { describe, expect, it } from 'vitest';
import { NOBODY_THERE_TOTAL_MS, RETRY_TOTAL_MS } from '../../src/device/retry.ts';
import type { Progress } from '../../src/index.ts';
import { FakeWorld, type Scripted } from './support/fake-world.ts';
import { deviceIn } from './support/participants.ts';

const refused: Scripted = () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  throw new TypeError('fetch failed', { cause });
};
const ALWAYS = 100;
const CHECK_IN = 'https://coordinator.example/federation/v1/models/digits/check-in';

describe('a device with the wrong address', () => {
  it('reports each wait and gives up in half a minute, naming address and fault', async () => {
    const world = new FakeWorld().script('check-in', ...Array(ALWAYS).fill(refused));
    const startedAt = world.environment.now();
    const seen: Progress[] = [];
    const { device } = deviceIn(world);
    const participation = device.participate('digits', { onProgress: (p) => seen.push(p) });
    await expect(participation).rejects.toMatchObject({
      code: 'unreachable',
      message: `No answer to the check-in for model digits from ${CHECK_IN} (ECONNREFUSED); check the connection and the address and try again`,
    });
    expect(world.environment.now() - startedAt).toBeLessThanOrEqual(NOBODY_THERE_TOTAL_MS);
    expect(seen).toHaveLength(world.sleeps.length);
    expect(seen[0]).toEqual({
      phase: 'waiting',
      done: 1,
      total: 2,
      unit: 'attempt',
      code: 'unreachable',
      reason: expect.stringContaining(`${CHECK_IN} (ECONNREFUSED)`),
      retryAt: startedAt + 250,
    });
  });

  it('that was right before is waited for as long as ever', async () => {
    const world = new FakeWorld().script('slot', ...Array(ALWAYS).fill(refused));
    const startedAt = world.environment.now();
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect(world.environment.now() - startedAt).toBeGreaterThan(RETRY_TOTAL_MS / 2);
  });

  it('that leads to another server is told which', async () => {
    const page = () => new Response('<html>', { status: 404 });
    const { device } = deviceIn(new FakeWorld().script('check-in', page));
    await expect(device.participate('digits')).rejects.toMatchObject({
      code: 'http-404',
      message: `${CHECK_IN} answered the check-in for model digits with status 404 and no reason; check coordinatorUrl and try again`,
    });
  });

  it.each([
    ['json-malformed', '<html>'],
    ['json-invalid', '{"welcome":true}'],
  ])('that leads to a server that is content with anything is told too: %s', async (code, body) => {
    const { device } = deviceIn(new FakeWorld().script('check-in', () => new Response(body)));
    await expect(device.participate('digits')).rejects.toMatchObject({
      name: 'ObjectInvalidError',
      code,
      message: expect.stringContaining(
        `${CHECK_IN} gave the check-in for model digits no coordinator's answer; check coordinatorUrl: `,
      ),
    });
  });
});
