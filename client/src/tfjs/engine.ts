/** The one place that chooses what tensors are computed with. */
import * as tfjs from '@tensorflow/tfjs';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames } from '../protocol/option-names.ts';
import { reasonOf } from '../protocol/without-values.ts';
import { trainingFailed } from './errors.ts';
import { exclusively } from './exclusive.ts';
import { registerKernels } from './kernels/index.ts';
import { withoutNewListeners } from './process-listeners.ts';
import { proveGradient } from './prove-gradient.ts';
import { checkWasmFiles, type WasmPaths } from './wasm-files.ts';
import { withinTime } from './within-time.ts';

/**
 * `tensorflow`: native code through `@tensorflow/tfjs-node`; `webgl`: a browser's graphics processor;
 * `wasm`: WebAssembly SIMD; `cpu`: plain JavaScript.
 */
export type EngineBackend = 'tensorflow' | 'webgl' | 'wasm' | 'cpu';

/** Which backend computes, and why. */
export interface EngineReport {
  readonly backend: EngineBackend;
  /** Version of TensorFlow.js. */
  readonly version: string;
  /** One sentence for people; names what was passed over and why. */
  readonly reason: string;
}

export interface EngineOptions {
  /**
   * Tried first; the others follow in their usual order.
   *
   * @default 'tensorflow' in Node, 'webgl' in browsers
   */
  readonly prefer?: EngineBackend | undefined;
  /**
   * Where the `.wasm` files of `@tensorflow/tfjs-backend-wasm` are, as `setWasmPaths` takes it: a
   * folder's URL, or a URL for each file. Browsers need it to use `wasm`; Node finds the files in the
   * package.
   */
  readonly wasmPaths?: WasmPaths | undefined;
}

const BACKENDS: readonly EngineBackend[] = ['tensorflow', 'webgl', 'wasm', 'cpu'];

/** Those of this host, fastest first. */
function usualOrder(): readonly EngineBackend[] {
  return isNode() ? ['tensorflow', 'wasm', 'cpu'] : ['webgl', 'wasm', 'cpu'];
}

function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}

const WASM_PATHS_MISSING =
  'in a browser it needs to know where its files are; serve the .wasm files of @tensorflow/tfjs-backend-wasm and call prepareEngine(tf, { wasmPaths: "/their/folder/" })';

async function useTensorFlow(tf: typeof tfjs): Promise<string> {
  if (!isNode()) throw new Error('it needs Node');
  // Not a literal, so that bundlers leave an optional native package alone.
  const nativePackage = ['@tensorflow', 'tfjs-node'].join('/');
  try {
    await import(/* @vite-ignore */ /* webpackIgnore: true */ nativePackage);
  } catch (cause) {
    throw isMissing(cause) ? new Error('its native binary is not installed', { cause }) : cause;
  }
  await activate(tf, 'tensorflow');
  return 'the native binary is installed';
}

/** True where the package, or the library it downloads when installed, is not there: nothing is broken. */
function isMissing(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return isNotFound || /tfjs_binding\.node/.test(String(message));
}

async function useWebGl(tf: typeof tfjs): Promise<string> {
  if (isNode()) throw new Error('it needs a browser');
  registerKernels('webgl');
  await activate(tf, 'webgl');
  return 'this browser computes on its graphics processor';
}

async function useWasm(tf: typeof tfjs, paths: EngineOptions['wasmPaths']): Promise<string> {
  // Without it tfjs guesses, fills the console with errors, and is not there in the end.
  if (paths === undefined && !isNode()) throw new Error(WASM_PATHS_MISSING);
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (paths !== undefined) {
    wasm.setWasmPaths(isNode() ? paths : await checkWasmFiles(tf, paths));
  }
  // One thread each: the caller runs as many workers as it wants to use cores, and sums keep their order.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  registerKernels('wasm');
  await withoutNewListeners(() => activate(tf, 'wasm'));
  return 'WebAssembly runs here, single-threaded';
}

async function useCpu(tf: typeof tfjs): Promise<string> {
  registerKernels('cpu');
  await activate(tf, 'cpu');
  return 'plain JavaScript runs everywhere, slowly';
}

/** What tfjs's engine keeps of a backend that is still starting. */
interface Starting {
  pendingBackendInit: Promise<boolean> | null;
  pendingBackendInitId: number;
}

/** tfjs would wait for this backend in every `ready()`, and change to it when it starts after all. */
function abandonStart(tf: typeof tfjs): void {
  const engine = tf.engine() as unknown as Starting;
  engine.pendingBackendInit = null;
  engine.pendingBackendInitId += 1;
}

async function activate(tf: typeof tfjs, backend: EngineBackend): Promise<void> {
  const start = async (): Promise<void> => {
    if (!(await tf.setBackend(backend))) throw new Error('it did not initialise');
    await tf.ready();
  };
  try {
    await withinTime(start(), 'it did not start');
  } catch (error) {
    abandonStart(tf);
    throw error;
  }
}

function use(tf: typeof tfjs, backend: EngineBackend, options: EngineOptions): Promise<string> {
  if (backend === 'tensorflow') return useTensorFlow(tf);
  if (backend === 'webgl') return useWebGl(tf);
  return backend === 'wasm' ? useWasm(tf, options.wasmPaths) : useCpu(tf);
}

/** First line only: native loaders answer with a page of advice. */
function firstLine(error: unknown): string {
  return reasonOf(error).split('\n')[0]?.trim() ?? '';
}

function assertArguments(
  tf: Partial<typeof tfjs> | null,
  { prefer, wasmPaths }: EngineOptions,
): void {
  if (typeof tf?.setBackend !== 'function') {
    throw new TypeError(
      `The first argument of prepareEngine is ${describeValue(tf)}, expected the TensorFlow.js module; write prepareEngine(tf, options), or prepareEngine(undefined, options) for the one this library imports`,
    );
  }
  if (prefer !== undefined && !BACKENDS.some((backend) => backend === prefer)) {
    throw new TypeError(
      `Option prefer of prepareEngine is ${describeValue(prefer)}, expected one of ${BACKENDS.join(', ')}`,
    );
  }
  const isRecord = typeof wasmPaths === 'object' && wasmPaths !== null;
  if (wasmPaths === undefined || typeof wasmPaths === 'string' || isRecord) return;
  throw new TypeError(
    `Option wasmPaths of prepareEngine is ${describeValue(wasmPaths)}, expected the URL of a folder, or an object with a URL for each file`,
  );
}

/**
 * Chooses the backend for the whole process or worker and waits until it is ready: in Node `tensorflow`
 * where its binary is installed and loads, in browsers `webgl`; else `wasm` with the kernels training
 * needs, else `cpu`. One is used only if it computes a small gradient right, twice, and answers within a
 * minute. Nothing changes backend later.
 *
 * @param tf - The TensorFlow.js module. @default the `@tensorflow/tfjs` this library imports
 * @throws {@link TrainingFailedError} `engine-unavailable` when not even `cpu` starts; `TypeError` for
 * arguments of another kind.
 */
export async function prepareEngine(
  tf: typeof tfjs = tfjs,
  options: EngineOptions = {},
): Promise<EngineReport> {
  assertOptionNames('prepareEngine', options, { prefer: true, wasmPaths: true });
  assertArguments(tf, options);
  // In turn: of two at once, one would compute its proof with the other's backend.
  return exclusively(BACKENDS, () => useFirst(tf, options));
}

/** Uses the first backend that computes right. */
async function useFirst(tf: typeof tfjs, options: EngineOptions): Promise<EngineReport> {
  const { prefer } = options;
  const usual = usualOrder();
  const order = prefer === undefined ? usual : [prefer, ...usual.filter((b) => b !== prefer)];
  const passedOver: string[] = [];
  for (const backend of order) {
    try {
      const because = await use(tf, backend, options);
      await proveGradient(tf);
      const reason = [because, ...passedOver].join('; ');
      return { backend, version: tf.version.tfjs, reason };
    } catch (error) {
      passedOver.push(`${backend} is not used: ${firstLine(error)}`);
    }
  }
  const message = `No tensor backend starts (${passedOver.join('; ')}); install @tensorflow/tfjs`;
  throw trainingFailed('engine-unavailable', message);
}
