/** Reading a tfjs layers model from a folder. */
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs';
import * as z from 'zod';
import type { ModelInput, PlanInput } from '../federation/model-input.ts';
import { jsonSchema, type TensorSpec } from '../protocol/index.ts';
import type { TrainingFailedError, TrainingSettings } from '../tfjs/index.ts';
import { CliError, reasonOf, usageError } from './cli-error.ts';
import { readInput, readJsonInput } from './input-file.ts';
import { loadTfjs, type TfjsModules } from './tfjs-loading.ts';

/** @see https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts ModelJSON */
const modelJsonSchema = z.object({
  modelTopology: jsonSchema,
  weightsManifest: z.array(
    z.object({ paths: z.array(z.string()), weights: z.array(z.record(z.string(), z.unknown())) }),
  ),
});

/** A model as `createModel` takes it. */
interface TfjsModel extends Pick<ModelInput, 'weights'> {
  readonly architecture: NonNullable<PlanInput['architecture']>;
  readonly roles: NonNullable<PlanInput['roles']>;
}

/** Name of a layers model's topology and manifest, as tfjs writes it. */
const MODEL_FILE = 'model.json';

/** What the settings lack where they are not wrong. */
const MISSING = ' is unusable: missing, ';

/**
 * Reads a folder that has a `model.json` of a layers model beside its weights.
 *
 * @param path - The folder, or the `model.json` in it.
 * @param training - The plan's settings, which have to fit the model: nothing can change them later.
 * @throws {@link CliError} `tfjs-invalid`, `tfjs-missing`, `file-unreadable`, `json-malformed`,
 * `json-invalid`, `training-settings-invalid`.
 */
export async function readTfjsModel(
  path: string,
  training: NonNullable<PlanInput['training']>,
): Promise<TfjsModel> {
  const folder = basename(path) === MODEL_FILE ? dirname(path) : path;
  const file = join(folder, MODEL_FILE);
  const { modelTopology, weightsManifest } = await readJsonInput(file, modelJsonSchema);
  const paths = weightsManifest.flatMap((group) => group.paths);
  const parts = await Promise.all(paths.map((part) => readInput(insideOf(folder, part))));
  const weightData = await new Blob(parts).arrayBuffer();
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const modules = await loadTfjs();
  try {
    return await convert(modules, { modelTopology, weightSpecs, weightData }, training);
  } catch (cause) {
    if (cause instanceof modules.ours.TrainingFailedError) throw settingsUnfit(cause);
    if (cause instanceof CliError) throw cause;
    throw usageError(
      `Model ${file} can't be read (${reasonOf(cause)}); use a float32 layers model that tf.LayersModel.save wrote`,
      'tfjs-invalid',
      cause,
    );
  }
}

function rolesOf(tensors: readonly TensorSpec[]): NonNullable<PlanInput['roles']> {
  return Object.fromEntries(tensors.map(({ name, role }) => [name, role]));
}

function settingsUnfit(error: TrainingFailedError): CliError {
  const reason = error.message
    .replace(/; correct the plan$/, '')
    .replace('correct the plan to one of', 'expected one of');
  const options = reason.includes(MISSING)
    ? 'give at least --loss and --learning-rate'
    : 'correct the option';
  return usageError(`${reason}; ${options}, or training in the file of --plan`, error.code, error);
}

/** A plan never changes, so settings that do not fit would make a model that no device can train. */
function assertTrainable(
  { compileModel }: TfjsModules,
  model: LayersModel,
  settings: TrainingSettings,
): void {
  const { trained } = compileModel(model, settings);
  if (trained.length > 0) return;
  throw usageError(
    'The tfjs model has no weight to train, expected at least one; set trainable = true of the layers to train and export it again',
    'tfjs-invalid',
  );
}

async function convert(
  modules: TfjsModules,
  artifacts: object,
  training: NonNullable<PlanInput['training']>,
): Promise<TfjsModel> {
  const { tf, ours } = modules;
  const settings = ours.parseTrainingSettings(training);
  const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  try {
    assertTrainable(modules, model, settings);
    return {
      architecture: ours.architectureOf(model) as NonNullable<PlanInput['architecture']>,
      roles: rolesOf(ours.layoutOf(model)),
      weights: ours.weightsOf(model),
    };
  } finally {
    model.dispose();
  }
}

/** A manifest from a stranger must not make other files of this machine into weights. */
function insideOf(folder: string, path: string): string {
  const relative = normalize(path);
  if (!isAbsolute(relative) && relative.split(sep)[0] !== '..') return join(folder, relative);
  throw usageError(
    `Weights ${JSON.stringify(path)} of ${join(folder, MODEL_FILE)} are outside its folder; move them into it and correct the path`,
    'tfjs-invalid',
  );
}
