/** A browser, and a device's page on three origins. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundlePage, type PageBundle } from '../../../src/browser/bundle-page.ts';
import { startChromium } from '../../../src/browser/chromium.ts';
import { type PageFile, servePages } from '../../../src/browser/page-server.ts';
import { Closers } from '../../../src/local-federation/closers.ts';
import { DevicePage } from './device-page.ts';

/** A name that resolves to this machine, and that no browser takes for localhost. */
const PLAIN_HOST = 'phone.example';

/** Longest wait for a page, in milliseconds: the machine may be busy. */
const PAGE_MS = 90_000;

const PAGES = join(import.meta.dirname, '../pages');
const HTML = join(PAGES, 'line-device.html');

const folderOf = (name: string): string =>
  dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

/** What applications copy beside their bundle: path, content type, file. */
const COPIED: readonly (readonly [string, string, string])[] = [
  ['/', 'text/html', HTML],
  ['/page-for-everything/tfjs-backend-wasm-simd.wasm', 'text/html', HTML],
  ['/tf.min.js', 'text/javascript', join(folderOf('@tensorflow/tfjs'), 'dist/tf.min.js')],
  ...['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'].map((name) => {
    const file = join(folderOf('@tensorflow/tfjs-backend-wasm'), 'dist', name);
    return [`/wasm/${name}`, 'application/wasm', file] as const;
  }),
];

/** A page as an application would serve it. */
export interface Pages {
  readonly bundle: PageBundle;
  readonly origin: string;
  /** Another origin. */
  readonly foreignOrigin: string;
  /** By plain http, on a name that is not localhost. */
  readonly plainOrigin: string;
  /** A tab that shares its storage with no other, the size of a phone. */
  openTab(): Promise<DevicePage>;
  close(): Promise<void>;
}

/**
 * Starts a browser and the servers of the page.
 *
 * @param tokenOf - What the application's server answers when its page asks for a device's token.
 */
export async function startPages(
  tokenOf: (subject: string) => Promise<string> = async () => '',
): Promise<Pages> {
  const closers = new Closers();
  try {
    return await openPages(closers, tokenOf);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function openPages(
  closers: Closers,
  tokenOf: (subject: string) => Promise<string>,
): Promise<Pages> {
  const bundle = await bundlePage(join(PAGES, 'line-device.ts'));
  const fileAt = async (path: string): Promise<PageFile | undefined> => {
    const subject = /^\/token\/(.+)$/.exec(path)?.[1];
    if (subject === undefined) return pageFile(bundle, path);
    return { type: 'text/plain', body: await tokenOf(subject) };
  };
  const [first, second] = [await servePages(fileAt), await servePages(fileAt)];
  closers.add(() => first.close());
  closers.add(() => second.close());
  const browser = await startChromium([PLAIN_HOST]);
  closers.add(() => browser.close());
  return {
    bundle,
    origin: `http://localhost:${first.port}`,
    foreignOrigin: `http://localhost:${second.port}`,
    plainOrigin: `http://${PLAIN_HOST}:${first.port}`,
    async openTab() {
      const context = await browser.newContext({ viewport: { width: 400, height: 720 } });
      context.setDefaultTimeout(PAGE_MS);
      return new DevicePage(await context.newPage());
    },
    close: () => closers.close(),
  };
}

function pageFile(bundle: PageBundle, path: string): PageFile | undefined {
  const [, type, file] = COPIED.find(([known]) => known === path) ?? [];
  if (type !== undefined && file !== undefined) return { type, body: readFileSync(file) };
  const body = bundle.files.get(path.slice(1));
  return body === undefined ? undefined : { type: 'text/javascript', body };
}
