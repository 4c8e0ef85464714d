import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '@tributary/cdk/bundles';
import { App } from 'aws-cdk-lib';
import { beforeAll, expect, test } from 'vitest';
import { FederationStack } from '../src/index.ts';

/** Folders of the code assets in a fresh assembly. */
function assets(): { path: string; name: string }[] {
  const app = new App();
  new FederationStack(app, 'tributary');
  const { directory } = app.synth();
  return readdirSync(directory)
    .filter((name) => name.startsWith('asset.'))
    .sort()
    .map((name) => ({ name, path: join(directory, name) }));
}

/** The functions of a federation; workers are not among them. */
const NAMES = ['coordinator', 'aggregator'] as const;

let first: ReturnType<typeof assets>;

beforeAll(() => {
  first = assets();
});

test('synthesizing again gives assets of the same names, so deploying again changes nothing', () => {
  expect(assets().map(({ name }) => name)).toEqual(first.map(({ name }) => name));
});

test('there is one asset for each function: its bundle and the source map', () => {
  const contents = first.map(({ path }) => ({
    files: readdirSync(path).sort(),
    code: readFileSync(join(path, 'index.mjs')),
  }));
  expect(contents.map(({ files }) => files)).toEqual(
    NAMES.map(() => ['index.mjs', 'index.mjs.map']),
  );
  for (const name of NAMES) {
    const bundle = Buffer.from(buildBundle(name).code);
    expect(contents.filter(({ code }) => code.equals(bundle))).toHaveLength(1);
  }
});
