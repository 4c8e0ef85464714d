/** Where a browser gets the WebAssembly of the backend from. */
import type * as tfjs from '@tensorflow/tfjs';
import { trainingFailed } from './errors.ts';

/** As `setWasmPaths` takes it: the URL of a folder, or a URL for each file. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/** Statuses of servers that answer questions about a file with nothing but the file. */
const NO_HEAD: readonly number[] = [405, 501];

/**
 * Checks that the file which the backend will load is there: once its start has failed, a page can't start it
 * again before it is reloaded.
 *
 * @returns The paths; a folder's ends in `/`.
 * @throws {@link TrainingFailedError} `engine-unavailable`, which names the file and what to do.
 */
export async function checkWasmFiles(tf: typeof tfjs, paths: WasmPaths): Promise<WasmPaths> {
  const hasSimd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  const name = `tfjs-backend-wasm${hasSimd ? '-simd' : ''}.wasm`;
  const checked = typeof paths === 'string' ? folderUrl(paths) : paths;
  const url = typeof checked === 'string' ? `${checked}${name}` : checked[name];
  if (url === undefined) {
    throw trainingFailed('engine-unavailable', `wasmPaths has no URL for ${name}; add one`);
  }

  const fault = await faultOf(url);
  if (fault === undefined) return checked;
  throw trainingFailed(
    'engine-unavailable',
    `${url} ${fault}; put the .wasm files of @tensorflow/tfjs-backend-wasm there, or correct wasmPaths`,
  );
}

function folderUrl(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

async function faultOf(url: string): Promise<string | undefined> {
  let answer: Response;
  try {
    answer = await fetch(url, { method: 'HEAD' });
  } catch {
    return "can't be fetched";
  }
  if (NO_HEAD.includes(answer.status)) return undefined;
  if (!answer.ok) return `is answered with status ${answer.status}`;
  // What many servers of applications send for every path that they don't know.
  const isPage = /^text\/html/i.test(answer.headers.get('content-type') ?? '');
  return isPage ? 'is answered with a page' : undefined;
}
