import { createHash } from 'node:crypto';
import { DeploymentError } from '@tributary/client/protocol';
import { build } from 'esbuild';
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  BUNDLE_SETTINGS,
  entryPointOf,
  FUNCTION_NAMES,
  type FunctionName,
} from './bundle-settings.ts';
import { zipStored } from './zip.ts';

/** One function, ready to deploy. */
export interface Bundle {
  readonly name: FunctionName;
  /** The ES module, minified; exports `handler`. */
  readonly code: Uint8Array;
  /** Source map of `code`, which doesn't mention it. */
  readonly sourceMap: Uint8Array;
  /** SHA-256 of `code` in lower-case hex. */
  readonly sha256: string;
  /** ZIP archive with `code` as its only file. */
  readonly zip: Uint8Array;
}

/** The bundles of every function. */
export type Bundles = Readonly<Record<FunctionName, Bundle>>;

let bundles: Promise<Bundles> | undefined;

/**
 * Bundles every function; once per process, since a process doesn't see its sources change.
 *
 * @throws {@link DeploymentError} `bundle-too-large`
 */
export function bundleFunctions(): Promise<Bundles> {
  bundles ??= bundleAll().catch((error: unknown) => {
    bundles = undefined;
    throw error;
  });
  return bundles;
}

async function bundleAll(): Promise<Bundles> {
  const made = await Promise.all(FUNCTION_NAMES.map(async (name) => [name, await bundle(name)]));
  return Object.fromEntries(made) as Bundles;
}

async function bundle(name: FunctionName): Promise<Bundle> {
  const { outputFiles } = await build({
    ...BUNDLE_SETTINGS,
    entryPoints: [entryPointOf(name)],
    outfile: BUNDLE_FILE,
    write: false,
    logLevel: 'silent',
  });
  const code = outputFiles.find((file) => file.path.endsWith(BUNDLE_FILE))?.contents;
  const sourceMap = outputFiles.find((file) => file.path.endsWith('.map'))?.contents;
  if (code === undefined || sourceMap === undefined) {
    throw new Error(`esbuild wrote ${outputFiles.length} files for ${name}, expected code and map`);
  }
  checkBundleSize(name, code.length);
  return {
    name,
    code,
    sourceMap,
    sha256: createHash('sha256').update(code).digest('hex'),
    zip: zipStored([{ name: BUNDLE_FILE, data: code }]),
  };
}

/** @throws {@link DeploymentError} `bundle-too-large` above {@link BUNDLE_BYTES_MAX} bytes. */
export function checkBundleSize(name: FunctionName, bytes: number): void {
  if (bytes <= BUNDLE_BYTES_MAX) return;
  throw new DeploymentError(
    `Bundle of the ${name} has ${bytes} bytes, allowed are ${BUNDLE_BYTES_MAX}; look for a new dependency with esbuild's --analyze and import less of it`,
    { code: 'bundle-too-large', detail: { function: name, bytes, bytesMax: BUNDLE_BYTES_MAX } },
  );
}
