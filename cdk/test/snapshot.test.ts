import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { FederationStack } from '../src/index.ts';
import { appWithoutBundles } from './support/synthesize.ts';

/** Names of code assets change with every line of code. */
const ASSET_KEY = /[0-9a-f]{64}\.zip/g;

/**
 * A logical id that changes is a resource that is made anew, for a bucket an empty one: read the diff
 * before accepting it.
 */
test('the template and its logical ids are as reviewed', async () => {
  const stack = new FederationStack(appWithoutBundles(), 'tributary');
  const template = Template.fromStack(stack).toJSON();
  const text = `${JSON.stringify(template, null, 2)}\n`.replaceAll(ASSET_KEY, '<code>.zip');
  await expect(text).toMatchFileSnapshot('fixtures/tributary.template.json');
});
