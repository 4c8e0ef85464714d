/** Loading what a device trains with. */
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrainContext, TrainFunction, TrainResult } from '../device/train.ts';
import type { NamedTensors, TrainingPlan } from '../protocol/index.ts';
import { reasonOf, usageError } from './cli-error.ts';

/** What a training script knows of the device it runs on. */
export interface ScriptContext {
  /** Absolute path of the folder given with `--data`. */
  readonly dataDirectory: string;
  readonly deviceId: string;
  /** Name of the model to train. */
  readonly model: string;
}

/** A script's export `train`: as a device's train function, told besides where its data is. */
export type ScriptTrain = (
  weights: NamedTensors,
  plan: TrainingPlan,
  context: TrainContext & ScriptContext,
) => Promise<TrainResult> | TrainResult;

/** A script's default export: loads data once and makes the train function of every round. */
export type TrainFactory = (context: ScriptContext) => Promise<TrainFunction> | TrainFunction;

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts']);

/**
 * Loads a training script; with both exports, `train` is used.
 *
 * @throws {@link CliError} `script-invalid`, `data-missing`, `tsx-missing`.
 */
export async function loadTrain(path: string, context: ScriptContext): Promise<TrainFunction> {
  await assertFolder(context.dataDirectory);
  const { train, default: factory } = await importScript(path);
  if (typeof train === 'function') {
    return (weights, plan, trainContext) => train(weights, plan, { ...trainContext, ...context });
  }
  if (typeof factory !== 'function') {
    throw usageError(
      `Training script ${path} exports neither train nor a default function; export one of them`,
      'script-invalid',
    );
  }
  const made: unknown = await factory(context);
  if (typeof made === 'function') return made as TrainFunction;
  throw usageError(
    `The default function of training script ${path} returned ${made === null ? 'null' : typeof made}, expected a train function`,
    'script-invalid',
  );
}

/** Exports of a script, which may be anything. */
interface ScriptModule {
  readonly train?: ScriptTrain;
  readonly default?: TrainFactory;
}

async function importScript(path: string): Promise<ScriptModule> {
  if (TYPESCRIPT.has(extname(path)) && !readsTypeScript()) await registerTsx(path);
  try {
    return exportsOf(await import(pathToFileURL(resolve(path)).href));
  } catch (cause) {
    throw usageError(
      `Training script ${path} can't be loaded (${reasonOf(cause)}); correct it, or see --verbose`,
      'script-invalid',
      cause,
    );
  }
}

/** A script that is read as CommonJS, as one in a folder without a package may be, has them one deeper. */
function exportsOf(script: ScriptModule | { readonly default: ScriptModule }): ScriptModule {
  const { default: inner } = script;
  return typeof inner === 'object' && inner !== null ? inner : (script as ScriptModule);
}

/** Newer versions of Node strip types by themselves, unless told not to. */
function readsTypeScript(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

/** Node before 22.18 does not read TypeScript by itself. */
async function registerTsx(path: string): Promise<void> {
  try {
    const [{ register }, commonJs] = await Promise.all([
      import('tsx/esm/api'),
      import('tsx/cjs/api'),
    ]);
    register();
    commonJs.register();
  } catch (cause) {
    throw usageError(
      `Training script ${path} is TypeScript, which this Node reads with tsx only; install it with npm install tsx, or use a newer Node`,
      'tsx-missing',
      cause,
    );
  }
}

async function assertFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  const fault =
    found === undefined
      ? `There is no data folder ${path}; correct --data`
      : `Data folder ${path} is a file; give --data the folder that holds it`;
  throw usageError(fault, 'data-missing');
}
