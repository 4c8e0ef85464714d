import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  type Bundles,
  bundleFunctions,
  checkBundleSize,
  FUNCTION_NAMES,
} from '../../src/deployment/index.ts';

const run = promisify(execFile);

/** Imports the bundle in the working directory and shows what `handler({})` answers or throws. */
const CALL_WITH_NOTHING = `import('./${BUNDLE_FILE}').then(async ({ handler }) => {
  const answer = await handler({}).catch((error) => ({ thrown: error.name, code: error.code }));
  console.log(JSON.stringify({ type: typeof handler, answer }));
})`;

let bundles: Bundles;
let folder: string;

beforeAll(async () => {
  bundles = await bundleFunctions();
  folder = await mkdtemp(join(tmpdir(), 'tributary-bundle-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(FUNCTION_NAMES)('%s', (name) => {
  test('F18: alone in an empty folder and without AWS variables it imports and answers a bad event with a code', async () => {
    const alone = await mkdtemp(join(folder, `${name}-`));
    await writeFile(join(alone, BUNDLE_FILE), bundles[name].code);
    const { stdout } = await run(process.execPath, ['-e', CALL_WITH_NOTHING], {
      cwd: alone,
      env: {},
    });
    const lines = stdout.trim().split('\n');
    const shown = JSON.parse(lines.at(-1) ?? '') as { type: string; answer: unknown };
    expect(shown.type).toBe('function');
    expect(JSON.stringify(shown.answer)).toMatch(/"code":"[a-z]+(-[a-z]+)+"/);
  });

  test('it stays below the ceiling and its archive holds exactly it', () => {
    const { code, zip, sha256 } = bundles[name];
    expect(code.length).toBeLessThanOrEqual(BUNDLE_BYTES_MAX);
    expect(Buffer.from(zip).indexOf(code)).toBe(30 + BUNDLE_FILE.length);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the source map tells sources apart and is not mentioned in the code', () => {
    const map = JSON.parse(new TextDecoder().decode(bundles[name].sourceMap)) as {
      sources: string[];
    };
    expect(map.sources.some((source) => source.endsWith(`${name}/handler.ts`))).toBe(true);
    expect(new TextDecoder().decode(bundles[name].code)).not.toContain('sourceMappingURL');
  });
});

test('bundling again gives the same bundles without bundling', async () => {
  expect(await bundleFunctions()).toBe(bundles);
});

test('a bundle above the ceiling is refused with its size', () => {
  expect(() => checkBundleSize('aggregator', BUNDLE_BYTES_MAX)).not.toThrow();
  expect(() => checkBundleSize('aggregator', BUNDLE_BYTES_MAX + 1)).toThrow(
    expect.objectContaining({
      code: 'bundle-too-large',
      message: expect.stringContaining(`${BUNDLE_BYTES_MAX + 1} bytes`),
    }),
  );
});
