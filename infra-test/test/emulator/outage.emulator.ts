import { PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { skipFor } from '../end-to-end/support/deployed-world.ts';
import { callerOf, uploadRaw } from '../end-to-end/support/raw-device.ts';
import type { World } from '../end-to-end/support/world.ts';
import { ownFederation, playRound, target } from './support/lifecycle.ts';
import {
  createStrippedRole,
  deleteStrippedRole,
  isIamEnforced,
  withRole,
} from './support/roles.ts';

const federation = ownFederation('tributary-outage', 'destroy');
let isEnforced = false;
let world: World;
let stripped: string;

beforeAll(async () => {
  world = await federation.deploy();
  isEnforced = await isIamEnforced();
  if (isEnforced) stripped = await createStrippedRole();
}, 300_000);
afterAll(async () => {
  await federation.destroy();
  await federation.close();
  if (isEnforced) await deleteStrippedRole();
}, 300_000);

describe('a role stripped to nothing', () => {
  beforeEach(() => {
    if (!isEnforced) skipFor('needs an endpoint that enforces IAM');
  });

  it('has the coordinator refuse check-ins with a code, and tell nothing', async () => {
    await world.createModel('asked', 2);
    await world.operator.startRound('asked', { goal: 2, minimum: 1, deadlineSeconds: 600 });
    const call = await callerOf(world, 'asker');
    const checkIn = () => call('POST', 'v1/models/asked/check-in', { schema: 1 });
    await withRole(world.deployed.coordinatorFunction, stripped, async () => {
      const answer = await checkIn();
      const text = await answer.text();
      expect({ status: answer.status, body: JSON.parse(text) }).toMatchObject({
        status: 500,
        body: { error: { code: 'internal' } },
      });
      expect(text).not.toMatch(/arn:|denied/i);
    });
    expect((await checkIn()).status).toBe(200);
  });

  it('F04: has the aggregator publish nothing; with its role back the round is stalled, the next one runs', async () => {
    await world.createModel('stalled', 2);
    const settings = { goal: 2, minimum: 1, deadlineSeconds: 3, abandonAfterSeconds: 1 };
    await withRole(world.deployed.aggregatorFunction, stripped, async () => {
      const { round } = await world.operator.startRound('stalled', settings);
      await uploadRaw(world, 'stalled', { id: 'one', delta: [1, 1], exampleCount: 1 });
      await expect(world.deployed.sweep()).rejects.toMatchObject({ code: 'sweep-failed' });
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await expect(world.deployed.sweep()).rejects.toMatchObject({ code: 'sweep-failed' });
      expect(await world.operator.status('stalled')).toMatchObject({
        version: 0,
        openRound: { round },
      });
    });
    expect(await world.sweepUntilResult('stalled', 1)).toMatchObject({
      kind: 'aborted',
      reason: 'stalled',
    });
    await playRound(world, 'stalled');
    expect([...(await world.weights('stalled'))]).toEqual([3, 6]);
  });
});

describe('F04 a round without an upload or an event', () => {
  it('is aborted by the sweep alone, and the next one runs', async () => {
    await world.createModel('silent', 2);
    const settings = { goal: 2, minimum: 1, deadlineSeconds: 2 };
    const { round } = await world.operator.startRound('silent', settings);
    // The reminder of its deadline is lost.
    const sqs = new SQSClient(target);
    await sqs.send(new PurgeQueueCommand({ QueueUrl: world.deployed.queues.tasks.url }));
    sqs.destroy();
    expect(await world.sweepUntilResult('silent', round)).toMatchObject({
      kind: 'aborted',
      reason: 'too-few-updates',
    });
    await playRound(world, 'silent');
    expect([...(await world.weights('silent'))]).toEqual([3, 6]);
  });
});
