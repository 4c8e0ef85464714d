import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FunctionName } from '@tributary/client/deployment';
import { DeploymentError } from '@tributary/client/protocol';
import { buildSync } from 'esbuild';
import {
  BUNDLE_ASSETS,
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  BUNDLE_SETTINGS,
  entryPointOf,
} from './bundle-settings.ts';

/** A file beside a function's code. */
export interface BundleFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** One function's code. */
export interface Bundle {
  readonly name: FunctionName;
  /** The ES module, minified; exports `handler`. */
  readonly code: Uint8Array;
  /** Source map of `code`, which names it as the file `index.mjs.map` beside itself. */
  readonly sourceMap: Uint8Array;
  /** SHA-256 of `code` in lower-case hex. */
  readonly sha256: string;
  /** What the code reads beside itself. */
  readonly assets: readonly BundleFile[];
}

const built = new Map<FunctionName, Bundle>();

/**
 * Bundles a function; once per process, since a process doesn't see its sources change. The same
 * sources give the same bytes on every machine.
 *
 * @throws {@link DeploymentError} `bundle-too-large`
 */
export function buildBundle(name: FunctionName): Bundle {
  const bundle = built.get(name) ?? build(name);
  built.set(name, bundle);
  return bundle;
}

function build(name: FunctionName): Bundle {
  const { outputFiles } = buildSync({
    ...BUNDLE_SETTINGS,
    entryPoints: [entryPointOf(name)],
    write: false,
    logLevel: 'silent',
  });
  const code = outputFiles?.find((file) => file.path.endsWith(BUNDLE_FILE))?.contents;
  const sourceMap = outputFiles?.find((file) => file.path.endsWith('.map'))?.contents;
  if (code === undefined || sourceMap === undefined) {
    throw new Error(
      `esbuild wrote ${outputFiles?.length} files for ${name}, expected code and map`,
    );
  }
  checkBundleSize(name, code.length);
  const sha256 = createHash('sha256').update(code).digest('hex');
  return { name, code, sourceMap, sha256, assets: readAssets(name) };
}

function readAssets(bundle: FunctionName): BundleFile[] {
  const { resolve } = createRequire(import.meta.url);
  return BUNDLE_ASSETS[bundle].map(({ name, source }) => ({
    name,
    data: readFileSync(resolve(source)),
  }));
}

/** @throws {@link DeploymentError} `bundle-too-large` above its {@link BUNDLE_BYTES_MAX} bytes. */
export function checkBundleSize(name: FunctionName, bytes: number): void {
  const bytesMax = BUNDLE_BYTES_MAX[name];
  if (bytes <= bytesMax) return;
  throw new DeploymentError(
    `Bundle of the ${name} has ${bytes} bytes, expected at most ${bytesMax}; look for a new dependency with esbuild's --analyze and import less of it`,
    { code: 'bundle-too-large', detail: { function: name, bytes, bytesMax } },
  );
}
