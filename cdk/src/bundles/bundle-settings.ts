/** How the functions are bundled; every deployment, local or not, uses exactly these settings. */
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

/** The functions of a federation. */
export const FUNCTION_NAMES = ['coordinator', 'aggregator'] as const;

/** One function of a federation. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Name of the one file in a function's package; the Lambda handler is `index.handler`. */
export const BUNDLE_FILE = 'index.mjs';

/**
 * Largest bundle, in bytes: a cold start reads and compiles all of it, and Lambda's init phase ends
 * after ten seconds even at the smallest memory size.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export const BUNDLE_BYTES_MAX = 1_000_000;

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
  // A bundle that fails while it is imported can't answer with a code, so nothing awaits at import.
  supported: { 'top-level-await': false },
};

/** Source file of a function's handler, from the repository's root. */
export function entryPointOf(name: FunctionName): string {
  return `lambdas/src/${name}/handler.ts`;
}
