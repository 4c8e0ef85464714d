import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUNDLE_BYTES_MAX, BUNDLE_FILE, buildBundle, FUNCTION_NAMES } from '@tributary/cdk/bundles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBundleSize } from '../../src/bundles/build-bundle.ts';

const run = promisify(execFile);

/** Imports the bundle in the working directory and shows what `handler({})` answers or throws. */
const CALL_WITH_NOTHING = `const began = performance.now();
import('./${BUNDLE_FILE}').then(async ({ handler }) => {
  const importMs = Math.round(performance.now() - began);
  const answer = await handler({}).catch((error) => ({ thrown: error.name, code: error.code }));
  console.log(JSON.stringify({ importMs, type: typeof handler, answer }));
})`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-bundle-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(FUNCTION_NAMES)('%s', (name) => {
  test('F18: alone in an empty folder and without AWS variables it imports and answers a bad event with a code', async () => {
    const alone = await mkdtemp(join(folder, `${name}-`));
    await writeFile(join(alone, BUNDLE_FILE), buildBundle(name).code);
    const { stdout } = await run(process.execPath, ['-e', CALL_WITH_NOTHING], {
      cwd: alone,
      env: {},
    });
    const lines = stdout.trim().split('\n');
    const shown = JSON.parse(lines.at(-1) ?? '') as {
      importMs: number;
      type: string;
      answer: unknown;
    };
    process.stdout.write(
      `${name}: ${buildBundle(name).code.length} bytes, imported in ${shown.importMs} ms\n`,
    );
    expect(shown.type).toBe('function');
    expect(JSON.stringify(shown.answer)).toMatch(/"code":"[a-z]+(-[a-z]+)+"/);
  });

  test('it stays below the ceiling and names its own source map', () => {
    const { code, sha256 } = buildBundle(name);
    expect(code.length).toBeLessThanOrEqual(BUNDLE_BYTES_MAX[name]);
    expect(Buffer.from(code).toString()).toMatch(/\n\/\/# sourceMappingURL=index\.mjs\.map\n$/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the source map holds lines and names, no machine’s paths and no sources', () => {
    const map = JSON.parse(new TextDecoder().decode(buildBundle(name).sourceMap)) as {
      sources: string[];
      sourcesContent?: unknown;
    };
    expect(map.sources).toContain(`lambdas/src/${name}/handler.ts`);
    expect(map.sources.filter((source) => source.startsWith('/'))).toEqual([]);
    expect(map.sourcesContent).toBeUndefined();
  });
});

test('bundling again gives the same bundle without bundling', () => {
  expect(buildBundle('aggregator')).toBe(buildBundle('aggregator'));
});

test('a bundle above the ceiling is refused with its size', () => {
  const bytesMax = BUNDLE_BYTES_MAX.aggregator;
  expect(() => checkBundleSize('aggregator', bytesMax)).not.toThrow();
  expect(() => checkBundleSize('aggregator', bytesMax + 1)).toThrow(
    expect.objectContaining({
      code: 'bundle-too-large',
      message: expect.stringContaining(`${bytesMax + 1} bytes`),
    }),
  );
});
