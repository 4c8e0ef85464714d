/** How the functions are bundled; every deployment, local or not, uses exactly these settings. */
import { fileURLToPath } from 'node:url';
import { DEPLOYMENT, type FunctionName } from '@tributary/client/deployment';
import type { BuildOptions } from 'esbuild';

/** The functions: a federation's two, and the workers for remote tensors. */
export const FUNCTION_NAMES: readonly FunctionName[] = Object.keys(
  DEPLOYMENT.functions,
) as FunctionName[];

/** Name of the code in a function's package; the Lambda handler is `index.handler`. */
export const BUNDLE_FILE = 'index.mjs';

/**
 * Largest bundles, in bytes: a cold start reads and compiles all of one, and Lambda's init phase ends
 * after ten seconds even at the smallest memory size. A worker carries TensorFlow.js.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export const BUNDLE_BYTES_MAX: Readonly<Record<FunctionName, number>> = {
  coordinator: 1_000_000,
  aggregator: 1_000_000,
  worker: 2_000_000,
};

/** A file of a package beside the code, which the code reads when it needs it. */
export interface BundleAsset {
  /** In the package. */
  readonly name: string;
  /** In Node's way of naming files of packages. */
  readonly source: string;
}

/** What each function is packaged with besides its code. */
export const BUNDLE_ASSETS: Readonly<Record<FunctionName, readonly BundleAsset[]>> = {
  coordinator: [],
  aggregator: [],
  worker: [
    {
      name: 'tfjs-backend-wasm-simd.wasm',
      source: '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm',
    },
  ],
};

/** Root of the repository: paths in a source map are relative to it, so they are the same everywhere. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** esbuild's settings but for the entry point. */
export const BUNDLE_SETTINGS: BuildOptions = {
  absWorkingDir: ROOT,
  outfile: BUNDLE_FILE,
  bundle: true,
  format: 'esm',
  platform: 'node',
  // The oldest Node that development supports; deployed functions run on a newer one.
  target: 'node20',
  minify: true,
  // Error names travel in answers and logs, so minifying must not rename classes.
  keepNames: true,
  // Read by `NODE_OPTIONS=--enable-source-maps` alone, so it costs a start nothing until it is wanted.
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  charset: 'utf8',
  conditions: ['tributary-source', 'module'],
  mainFields: ['module', 'main'],
  // CommonJS dependencies call `require`, which an ES module doesn't have.
  banner: {
    js: "import{createRequire as tributaryRequire}from'node:module';const require=tributaryRequire(import.meta.url);",
  },
  // tfjs's loader of WebAssembly asks where it is, and is told so by whoever calls it.
  define: { __dirname: '""' },
  // A bundle that fails while it is imported can't answer with a code, so nothing awaits at import.
  supported: { 'top-level-await': false },
};

/** Source file of a function's handler, from the repository's root. */
export function entryPointOf(name: FunctionName): string {
  return `lambdas/src/${name}/handler.ts`;
}
