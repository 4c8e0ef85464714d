import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { objectCount, ownFederation, playRound, target } from './support/lifecycle.ts';

/** Each deploys up to four times, in seconds on an idle machine and minutes on a busy one. */
const MINUTES_15 = 900_000;

const clients = { lambda: new LambdaClient(target), sqs: new SQSClient(target) };
afterAll(() => {
  clients.lambda.destroy();
  clients.sqs.destroy();
});

/** Names of the functions and queues that belong to a federation. */
async function leftOf(name: string): Promise<readonly string[]> {
  const { Functions = [] } = await clients.lambda.send(new ListFunctionsCommand({}));
  const { QueueUrls = [] } = await clients.sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: name }),
  );
  const names = Functions.flatMap(({ FunctionName = [] }) => FunctionName);
  return [...names.filter((each) => each.startsWith(name)), ...QueueUrls];
}

describe('F27 a federation', () => {
  it(
    'that may be destroyed keeps its models when it is deployed again, changed or not, and leaves nothing, twice',
    async () => {
      const name = 'tributary-gone';
      const federation = ownFederation(name, 'destroy');
      try {
        for (const changes of [{}, { aggregatorMemorySize: '1536' }]) {
          const before = await federation.deploy();
          await before.createModel('kept', 2);
          await playRound(before, 'kept');
          const after = await federation.deploy(changes);
          expect(after.deployed.bucket).toBe(before.deployed.bucket);
          expect([...(await after.weights('kept'))]).toEqual([3, 6]);
          await playRound(after, 'kept');
          expect([...(await after.weights('kept'))]).toEqual([6, 12]);
          await federation.destroy();
          expect(await objectCount(after.deployed.bucket)).toBeUndefined();
          expect(await leftOf(name)).toEqual([]);
        }
      } finally {
        await federation.close();
      }
    },
    MINUTES_15,
  );

  it(
    'that may not keeps its data, and is deployed again under its name, twice',
    async () => {
      const name = 'tributary-kept';
      const federation = ownFederation(name, 'retain');
      try {
        for (let time = 1; time <= 2; time += 1) {
          const world = await federation.deploy();
          await world.createModel('kept', 2);
          await playRound(world, 'kept');
          const stored = await objectCount(world.deployed.bucket);
          await federation.destroy();
          expect(stored).toBeGreaterThan(0);
          expect(await objectCount(world.deployed.bucket)).toBe(stored);
          expect(await leftOf(name)).toEqual([]);
        }
      } finally {
        await federation.close();
      }
    },
    MINUTES_15,
  );
});
