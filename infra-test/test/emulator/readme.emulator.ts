import { expect, it, onTestFinished } from 'vitest';
import { expectReadmeStory } from '../../../client/test/cli/support/readme-story.ts';
import { startWorld } from '../end-to-end/support/world.ts';
import { target } from './support/lifecycle.ts';

it('the README, word for word after the deployment, ends with a trained model on disk', async () => {
  const world = await startWorld();
  onTestFinished(() => world.close());
  const { coordinatorUrl, coordinatorFunction } = world.deployed;
  expect(coordinatorFunction).toContain('tributary');
  await expectReadmeStory({
    outputs: {
      CoordinatorUrl: coordinatorUrl,
      CoordinatorFunctionName: coordinatorFunction,
      Region: target.region,
    },
    tokens: {
      ada: await world.identity.token({ subject: 'ada' }),
      bo: await world.identity.token({ subject: 'bo' }),
    },
  });
});
