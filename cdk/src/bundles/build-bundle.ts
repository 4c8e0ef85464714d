import { createHash } from 'node:crypto';
import { DeploymentError } from '@tributary/client/protocol';
import { buildSync } from 'esbuild';
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  BUNDLE_SETTINGS,
  entryPointOf,
  type FunctionName,
} from './bundle-settings.ts';

/** One function's code. */
export interface Bundle {
  readonly name: FunctionName;
  /** The ES module, minified; exports `handler`. */
  readonly code: Uint8Array;
  /** Source map of `code`, which names it as the file `index.mjs.map` beside itself. */
  readonly sourceMap: Uint8Array;
  /** SHA-256 of `code` in lower-case hex. */
  readonly sha256: string;
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
  return { name, code, sourceMap, sha256: createHash('sha256').update(code).digest('hex') };
}

/** @throws {@link DeploymentError} `bundle-too-large` above {@link BUNDLE_BYTES_MAX} bytes. */
export function checkBundleSize(name: FunctionName, bytes: number): void {
  if (bytes <= BUNDLE_BYTES_MAX) return;
  throw new DeploymentError(
    `Bundle of the ${name} has ${bytes} bytes, allowed are ${BUNDLE_BYTES_MAX}; look for a new dependency with esbuild's --analyze and import less of it`,
    { code: 'bundle-too-large', detail: { function: name, bytes, bytesMax: BUNDLE_BYTES_MAX } },
  );
}
