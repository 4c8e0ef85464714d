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

type Outputs = Awaited<ReturnType<typeof browserBundle>>;

/** Source files that load with an output, by imports that are not made on demand. */
function eagerInputs(outputs: Outputs, path: string): string[] {
  const output = outputs[path];
  if (output === undefined) throw new Error(`The bundle has no ${path}`);
  const next = output.imports.filter(({ kind }) => kind !== 'dynamic-import');
  return [
    ...Object.keys(output.inputs),
    ...next.flatMap((imported) => eagerInputs(outputs, imported.path)),
  ];
}

describe('the library in a browser', () => {
  it('bundles, and the AWS SDK is only in chunks that are loaded on demand', async () => {
    const outputs = await browserBundle();
    const main = Object.keys(outputs).find((path) =>
      outputs[path]?.entryPoint?.endsWith('index.ts'),
    );
    const eager = eagerInputs(outputs, main ?? '');
    const isAws = (input: string) => /node_modules\/@(aws-sdk|smithy|aws-crypto)\//.test(input);
    expect(eager.filter(isAws)).toEqual([]);
    expect(eager.some((input) => input.endsWith('src/device/participate.ts'))).toBe(true);
    const all = Object.values(outputs);
    const isUndici = (input: string) => /node_modules\/undici\/|src\/proxy\/node-proxy/.test(input);
    expect(all.flatMap(({ inputs }) => Object.keys(inputs)).filter(isUndici)).toEqual([]);
    expect(all.flatMap(({ inputs }) => Object.keys(inputs)).some(isAws)).toBe(true);
    expect(all.flatMap(({ imports }) => imports).filter(({ external }) => external)).toEqual([]);
  });
});
