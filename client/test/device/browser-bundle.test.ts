import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const entry = new URL('../../src/index.ts', import.meta.url).pathname;

/** Bundles the library as an application for browsers would. */
async function browserBundle() {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['tributary-source'],
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return metafile.outputs;
}

describe('the library in a browser', () => {
  it('bundles without the AWS SDK and what else is for Node', async () => {
    const outputs = Object.values(await browserBundle());
    const inputs = outputs.flatMap((output) => Object.keys(output.inputs));
    const isForNode = (input: string) =>
      /node_modules\/(@aws-sdk|@smithy|@aws-crypto|undici)\/|src\/proxy\/node-proxy/.test(input);
    expect(inputs.filter(isForNode)).toEqual([]);
    expect(inputs.some((input) => input.endsWith('src/device/participate.ts'))).toBe(true);
    expect(outputs.flatMap(({ imports }) => imports).filter(({ external }) => external)).toEqual(
      [],
    );
  });

  it('refuses at once to invoke functions, which takes credentials', async () => {
    const { LambdaTransport } = await import('../../src/federation/no-lambda-transport.ts');
    expect(() => new LambdaTransport({ functionName: 'tributary-coordinator' })).toThrow(
      expect.objectContaining({
        code: 'node-required',
        message: expect.stringMatching(
          /^Function tributary-coordinator can't be invoked .* from Node$/,
        ),
      }),
    );
  });
});
