import { Device, Federation } from '@tributary/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { globalEnvironment } from '../../../client/src/device/environment.ts';
import type { RequestFaultRule } from '../../src/local-cloud/index.ts';
import { type OwnedBucket, openBucket, prefixesOf } from './support/bucket.ts';
import { aggregatorEvents } from './support/function-log.ts';
import { roundWith, startWorld, type World } from './support/world.ts';

let world: World;
let bucket: OwnedBucket;
beforeAll(async () => {
  world = await startWorld();
  bucket = openBucket(world);
});
afterAll(async () => {
  bucket.close();
  await world.close();
});
afterEach(() => world.cloud.setFaults(undefined));

/** Values whose sum depends on the order in any floating-point arithmetic. */
const devices = Array.from({ length: 6 }, (_, i) => ({
  id: `device-${i}`,
  delta: Array.from({ length: 17 }, (_, j) => Math.sin(i * 17 + j) * 10 ** ((i % 4) - 3)),
  exampleCount: 1 + ((i * 37) % 101),
}));

const ELEMENTS = 17;

const bits = (weights: Float32Array): string => Buffer.from(weights.slice().buffer).toString('hex');

/** Errors answered so far: by PUTs that were carried out, or by requests that were not. */
const errorsOf = (operation: 'PutObject' | 'Refused'): number =>
  world.cloud.counters().operations['s3']?.[operation]?.errorCount ?? 0;

describe('the same bits as the calm run', () => {
  let calm = '';
  beforeAll(async () => {
    await world.createModel('calm-of-faults', ELEMENTS);
    await roundWith(world, 'calm-of-faults', devices);
    calm = bits(await world.weights('calm-of-faults'));
  });

  /**
   * Creates a model and runs one round, each under the rules from their first request on.
   *
   * @returns how many of the round's requests failed in which way.
   */
  async function roundUnder(model: string, requests: readonly RequestFaultRule[]) {
    world.cloud.setFaults({ seed: 11, requests });
    await world.createModel(model, ELEMENTS);
    // Head is written twice: what befell its creation befalls its first move too.
    world.cloud.setFaults({ seed: 12, requests });
    const stop = world.keepSweeping();
    const { round, outcomes } = await roundWith(world, model, devices).finally(stop);
    const { requests: failed } = world.cloud.faults();
    world.cloud.setFaults(undefined);
    expect(outcomes).toEqual(devices.map(() => ({ kind: 'accepted', round, version: 1 })));
    expect(await world.operator.round(model, round)).toMatchObject({
      result: { kind: 'published', included: devices.length, surplus: 0, rejected: [] },
    });
    expect(await world.operator.status(model)).toMatchObject({ version: 1, round: 1 });
    expect(bits(await world.weights(model))).toBe(calm);
    return failed;
  }

  /** Tasks that had to be tried again. */
  async function failedTasks(model: string): Promise<unknown[]> {
    const events = await aggregatorEvents(world);
    return events.filter(
      ({ event, work }) => event === 'task-failed' && String(work).includes(model),
    );
  }

  it('F12: with the answer to the first PUT of every key lost', async () => {
    const before = errorsOf('PutObject');
    const own = { service: 's3', method: 'PUT', keyPattern: /\/lost\// } as const;
    await roundUnder('lost', [{ ...own, fault: 'lost-response', firstPerKey: 1 }]);
    const keys = await bucket.keys(...prefixesOf('lost'));
    expect(keys).toEqual(expect.arrayContaining(writtenBy('lost')));
    expect(await failedTasks('lost')).toEqual([]);
    // Whoever lost an answer met its own object when it asked again.
    expect(errorsOf('PutObject') - before).toBeGreaterThanOrEqual(keys.length);
  });

  it('F13: with 409 on the first three conditional PUTs of every key', async () => {
    const before = errorsOf('Refused');
    const own = { service: 's3', method: 'PUT', keyPattern: /\/conflict\// } as const;
    await roundUnder('conflict', [{ ...own, fault: 'conflict-409', firstPerKey: 3 }]);
    const keys = await bucket.keys(...prefixesOf('conflict'));
    expect(keys).toEqual(expect.arrayContaining(writtenBy('conflict')));
    expect(await failedTasks('conflict')).toEqual([]);
    expect(errorsOf('Refused') - before).toBeGreaterThanOrEqual(3 * keys.length);
  });

  it.each(['slow-down-503', 'internal-500', 'lost-response'] as const)(
    'with a fifth of all requests to storage and queues failing as %s',
    async (fault) => {
      const rate = 0.2;
      const s3 = { service: 's3', keyPattern: new RegExp(`/${fault}/`), fault, rate } as const;
      const failed = await roundUnder(fault, [s3, { service: 'sqs', fault, rate }]);
      expect(failed[fault]).toBeGreaterThanOrEqual(10);
    },
  );

  it('with a quarter of all requests to the coordinator failing', async () => {
    const pattern = { service: 'lambda', keyPattern: /_lambda-url|coordinator/ } as const;
    const failed = await roundUnder('refusing', [
      { ...pattern, fault: 'internal-500', rate: 0.125 },
      { ...pattern, fault: 'lost-response', rate: 0.125 },
    ]);
    expect(failed['internal-500']).toBeGreaterThanOrEqual(1);
    expect(failed['lost-response']).toBeGreaterThanOrEqual(1);
  });
});

/** The objects every published round of one group and one shard writes, updates aside. */
function writtenBy(model: string): string[] {
  return [
    `models/${model}/plan.json`,
    `models/${model}/head.json`,
    `models/${model}/versions/1/model.safetensors`,
    `rounds/${model}/1/round.json`,
    `rounds/${model}/1/close.json`,
    `rounds/${model}/1/seals/0/0.json`,
    `rounds/${model}/1/result.json`,
    `partials/0/${model}/1/0/0`,
  ];
}

describe('F21 a URL that dies before its stated expiry', () => {
  /** One device whose trainings and requests are counted. */
  async function countingDevice() {
    const requests: string[] = [];
    const { coordinatorUrl } = world.deployed;
    const federation = new Federation(
      { coordinatorUrl, token: await world.identity.token({ subject: 'traveller' }) },
      {
        environment: {
          ...globalEnvironment,
          fetch: (url, init) => {
            const [path = ''] = url.replace(coordinatorUrl, '').split('?');
            requests.push(`${init.method} ${path.replace(/^.*\//, '')}`);
            return fetch(url, init);
          },
        },
      },
    );
    let trainings = 0;
    const device = new Device({
      federation,
      deviceId: 'traveller',
      train: () => {
        trainings += 1;
        return {
          delta: { w: { dtype: 'F32', shape: [2], data: new Float32Array([1, 3]) } },
          exampleCount: 1,
        };
      },
    });
    const count = (request: string) => requests.filter((each) => each === request).length;
    return { device, count, trainings: () => trainings };
  }

  const start = { goal: 1, minimum: 1, deadlineSeconds: 60 };
  const expired = { service: 's3', fault: 'expired-token-403' } as const;

  it('has the device ask once for a fresh one, of the weights and of the slot, and go on', async () => {
    await world.createModel('session', 2);
    await world.operator.startRound('session', start);
    world.cloud.setFaults({
      seed: 1,
      requests: [
        { ...expired, method: 'GET', keyPattern: /^models\/session\/versions/, firstPerKey: 1 },
        { ...expired, method: 'PUT', keyPattern: /^updates\/0\/session/, firstPerKey: 1 },
      ],
    });
    const { device, count, trainings } = await countingDevice();
    expect(await device.participate('session')).toMatchObject({ kind: 'accepted', version: 1 });
    expect(trainings()).toBe(1);
    expect({ checkIns: count('POST check-in'), versions: count('GET 0') }).toEqual({
      checkIns: 1,
      versions: 1,
    });
    expect(count('POST slot')).toBe(2);
    expect([...(await world.weights('session'))]).toEqual([1, 3]);
  });

  it('again right after a fresh one is an error with a code, not a loop', async () => {
    await world.createModel('clock', 2);
    const { round } = await world.operator.startRound('clock', start);
    const requests = [{ ...expired, method: 'PUT', keyPattern: /^updates\/0\/clock/ }];
    world.cloud.setFaults({ seed: 1, requests });
    const { device, count, trainings } = await countingDevice();
    await expect(device.participate('clock')).rejects.toMatchObject({ code: 'url-expired' });
    expect({ slots: count('POST slot'), trainings: trainings() }).toEqual({
      slots: 2,
      trainings: 1,
    });
    world.cloud.setFaults(undefined);
    expect(await device.participate('clock')).toMatchObject({ kind: 'accepted', round });
  });
});
