import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../src/protocol/index.ts', import.meta.url));

/** A fifth more than today, of which operations' table is a fifth; zod's translations alone, which a careless import brings, are more than that. */
const BUNDLE_BYTES_MAX = 260_000;

it('the protocol bundles for a browser, without Node modules and zod’s translations', async () => {
  const { outputFiles, warnings } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    minify: true,
    write: false,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(BUNDLE_BYTES_MAX);
});
