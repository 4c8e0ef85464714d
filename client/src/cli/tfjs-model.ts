/** Reading a tfjs layers model from a folder. */
import { isAbsolute, join, normalize, sep } from 'node:path';
import * as z from 'zod';
import type { ModelInput, PlanInput } from '../federation/model-input.ts';
import { jsonSchema } from '../protocol/index.ts';
import { reasonOf, usageError } from './cli-error.ts';
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

/**
 * Reads a folder that has a `model.json` of a layers model beside its weights.
 *
 * @throws {@link CliError} `tfjs-invalid`, `tfjs-missing`, `file-unreadable`, `json-malformed`,
 * `json-invalid`.
 */
export async function readTfjsModel(folder: string): Promise<TfjsModel> {
  const file = join(folder, 'model.json');
  const { modelTopology, weightsManifest } = await readJsonInput(file, modelJsonSchema);
  const paths = weightsManifest.flatMap((group) => group.paths);
  const parts = await Promise.all(paths.map((path) => readInput(insideOf(folder, path))));
  const weightData = await new Blob(parts).arrayBuffer();
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const modules = await loadTfjs();
  try {
    return await convert(modules, { modelTopology, weightSpecs, weightData });
  } catch (cause) {
    throw usageError(
      `Model ${file} can't be read (${reasonOf(cause)}); use a float32 layers model that tf.LayersModel.save wrote`,
      'tfjs-invalid',
      cause,
    );
  }
}

async function convert({ tf, ours }: TfjsModules, artifacts: object): Promise<TfjsModel> {
  const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  try {
    const roles = ours.layoutOf(model).map(({ name, role }) => [name, role] as const);
    return {
      architecture: ours.architectureOf(model) as NonNullable<PlanInput['architecture']>,
      roles: Object.fromEntries(roles),
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
    `Weights ${JSON.stringify(path)} of ${join(folder, 'model.json')} are outside its folder; move them into it and correct the path`,
    'tfjs-invalid',
  );
}
