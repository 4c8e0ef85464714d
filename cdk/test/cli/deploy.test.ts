import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { deploy, destroy } from '../../src/cli/deploy.ts';
import { summaryOf } from '../../src/cli/summary.ts';

/** A terminal with somebody who types a word, or with nobody. */
function terminal(word?: string) {
  const input = Object.assign(new PassThrough(), { isTTY: word !== undefined });
  if (word !== undefined) input.end(`${word}\n`);
  const output = new PassThrough();
  return { input, output, said: () => String(output.read()) };
}

/** A CDK that only remembers what it was told. */
function recordingCdk(code = 0) {
  const commands: string[][] = [];
  const cdk = async (words: readonly string[]) => {
    commands.push([...words]);
    return code;
  };
  return { commands, cdk };
}

describe('deploy', () => {
  test.each(['', 'n', 'yess'])('typing %j after the difference changes nothing', async (word) => {
    const { commands, cdk } = recordingCdk();
    expect(await deploy(['-c', 'name=a'], { terminal: terminal(word), cdk })).toBe(1);
    expect(commands).toEqual([['diff', '-c', 'name=a']]);
  });

  test('nobody to ask is a no that says what to type', async () => {
    const { commands, cdk } = recordingCdk();
    const nobody = terminal();
    expect(await deploy([], { terminal: nobody, cdk })).toBe(1);
    expect(commands).toEqual([['diff']]);
    expect(nobody.said()).toContain('--yes');
  });

  test('a difference that can’t be made ends it with the same code', async () => {
    const { commands, cdk } = recordingCdk(3);
    expect(await deploy(['--yes'], { terminal: terminal(), cdk })).toBe(3);
    expect(commands).toHaveLength(1);
  });
});

describe('destroy', () => {
  test.each(['y', 'YES'])('typing %j destroys, with the context handed on', async (word) => {
    const { commands, cdk } = recordingCdk();
    expect(await destroy(['-c', 'name=a'], { terminal: terminal(word), cdk })).toBe(0);
    expect(commands).toEqual([['destroy', '--force', '-c', 'name=a']]);
  });

  test.each([
    { words: [], says: 'keep bucket, secret, logs' },
    { words: ['-c', 'removalPolicy=destroy'], says: 'every model, round and update' },
  ])('F27: the question says in words what stays: $says', async ({ words, says }) => {
    const person = terminal('n');
    await destroy(words, { terminal: person, cdk: recordingCdk().cdk });
    expect(person.said()).toContain(says);
  });
});

test('the summary names every output and the next command', () => {
  const stacks = { tributary: { Region: 'eu-west-1', BucketName: 'b' } };
  expect(summaryOf(stacks, 'cdk-outputs.json')).toBe(`
tributary is deployed:
  BucketName  b
  Region      eu-west-1

Next, tell the command line where it is:
  npx tributary init --outputs cdk-outputs.json
`);
});
