import { startLocalFederation } from '@tributary/infra-test';
import { expect, it, onTestFinished } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { COMMAND_TIMEOUT_MS } from './support/command.ts';
import { expectReadmeStory, README } from './support/readme-story.ts';

it(
  'the README, word for word, ends with a trained model on disk',
  async () => {
    const local = await startLocalFederation();
    onTestFinished(() => local.close());
    const { coordinatorUrl, coordinatorFunction } = local.deployed;
    await expectReadmeStory({
      outputs: {
        CoordinatorUrl: coordinatorUrl,
        CoordinatorFunctionName: coordinatorFunction,
        Region: local.cloud.region,
      },
      tokens: {
        ada: await local.identity.token({ subject: 'ada' }),
        bo: await local.identity.token({ subject: 'bo' }),
      },
    });
  },
  COMMAND_TIMEOUT_MS,
);

it('the README has every exit code, and no other', () => {
  const rows = [...README.matchAll(/^\| (\d+(?:, \d+)*) \| .+ \|$/gm)];
  const listed = rows.flatMap(([, codes = '']) => codes.split(', ').map(Number));
  expect(listed).toEqual(Object.values(EXIT_CODES));
});
