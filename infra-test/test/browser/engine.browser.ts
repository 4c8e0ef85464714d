/** What tensors are computed with in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageSettings } from './pages/page-settings.ts';
import { type Pages, startPages } from './support/pages.ts';

let pages: Pages;
beforeAll(async () => {
  pages = await startPages();
});
afterAll(() => pages?.close());

async function engineOf(picture: string, options: Partial<PageSettings>) {
  const page = await pages.openTab();
  await page.open(pages.origin, {
    coordinatorUrl: 'https://none.example',
    deviceId: 'ada',
    ...options,
  });
  expect(await page.report(`engine-${picture}`)).toMatchObject({ kind: 'ready' });
  return { engine: await page.engine(), console: page.console };
}

describe('a page', () => {
  it('computes on the graphics processor where it can', async () => {
    const { engine } = await engineOf('webgl', {});
    expect(engine).toBe('webgl: this browser computes on its graphics processor');
  });

  it.each(['/wasm/', '/wasm'])('computes with wasm where its files are (%s)', async (wasmPaths) => {
    const { engine, console } = await engineOf('wasm', { prefer: 'wasm', wasmPaths });
    expect(engine).toBe('wasm: WebAssembly runs here, single-threaded');
    expect(console).toEqual([]);
  });

  it('without the place of the files goes on without wasm, and says what to set', async () => {
    const { engine, console } = await engineOf('wasm-unset', { prefer: 'wasm' });
    expect(engine).toMatch(/^webgl: .*; wasm is not used: .*prepareEngine\(tf, \{ wasmPaths: /);
    expect(console).toEqual([]);
  });

  it.each([
    ['missing', '/nowhere/', 'is answered with status 404'],
    ['page', '/page-for-everything/', 'is answered with a page'],
    ['unreachable', 'http://127.0.0.1:1/', "can't be fetched"],
  ])('with wrong files (%s) names the file, and starts nothing', async (name, wasmPaths, fault) => {
    const { engine, console } = await engineOf(`wasm-${name}`, { prefer: 'wasm', wasmPaths });
    expect(engine).toContain(
      `; wasm is not used: ${wasmPaths}tfjs-backend-wasm-simd.wasm ${fault}; put the .wasm files of @tensorflow/tfjs-backend-wasm there, or correct wasmPaths`,
    );
    expect(console.join()).not.toMatch(/wasm streaming|Aborted|Initialization/);
  });
});
