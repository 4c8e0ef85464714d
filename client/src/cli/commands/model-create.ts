import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { buildPlan } from '../../federation/build-plan.ts';
import { isTopology, rolesByArchitecture } from '../../federation/known-roles.ts';
import { type ModelInput, planInputSchema } from '../../federation/model-input.ts';
import { decodeWeights, type NamedTensors, ObjectInvalidError } from '../../protocol/index.ts';
import { examples, modelArgument, wholeNumber } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { asInput, readInput, readJsonInput } from '../input-file.ts';
import { showParticipation } from '../progress-bars.ts';
import { roleNotes } from '../role-notes.ts';
import { loadTfjs } from '../tfjs-loading.ts';
import { readTfjsModel } from '../tfjs-model.ts';
import { namesOf, positiveNumber, type TrainingOptions, trainingOf } from '../training-options.ts';

/** `model create`: creates a model and its version 0. */
export function modelCreate(run: RunCommand): CommandUnknownOpts {
  return new Command('create')
    .description('Create a model from a plan and its first weights.')
    .addArgument(modelArgument())
    .option(
      '--plan <file>',
      'JSON: architecture, training, update, strategy, roles ("trained", "statistic" or "frozen" by tensor name); model export writes one',
    )
    .option('--weights <file>', 'first weights, float32 safetensors')
    .addOption(
      new Option(
        '--tfjs <dir>',
        "architecture and weights of a tfjs layers model; tfjs does not save that a nested model is frozen: state its tensors' roles in --plan",
      ).conflicts('weights'),
    )
    .option('--loss <names>', 'tfjs loss of local training; one, or one for each output', namesOf)
    .option('--learning-rate <n>', 'of local training', positiveNumber)
    .option('--optimizer <name>', 'sgd or adam (default: sgd)')
    .option('--epochs <n>', "passes over a device's data (default: 1)", wholeNumber(1))
    .option('--batch-size <n>', 'examples of one step (default: 32)', wholeNumber(1))
    .option('--metrics <names>', 'tfjs metrics that devices report', namesOf)
    .option('--request-id <id>', 'asking again with the same one creates nothing new')
    .addHelpText(
      'after',
      examples(
        'model create digits --plan plan.json --weights model.safetensors',
        'model create digits --tfjs exported/ --loss categoricalCrossentropy --learning-rate 0.1',
      ),
    )
    .action((model, { requestId, ...given }) =>
      run(async ({ operator, output, signal }) => {
        const input = await withToldRoles(await readModel(model, given));
        const { tensors, architecture } = asInput(() => buildPlan(input));
        const federation = await operator();
        const isTfjsFile = given.tfjs !== undefined;
        for (const line of roleNotes({ tensors, architecture, isTfjsFile })) output.note(line);
        const display = showParticipation(output);
        try {
          const { onProgress } = display;
          const created = await federation.createModel(
            { ...input, requestId },
            { signal, onProgress },
          );
          display.stop();
          output.answer(created, `Model ${model} is created, version 0`);
          return EXIT_CODES.success;
        } finally {
          display.stop();
        }
      }),
    );
}

interface Given extends TrainingOptions {
  readonly plan?: string | undefined;
  readonly weights?: string | undefined;
  readonly tfjs?: string | undefined;
}

/** Options win over what a plan file states, and that over what the tfjs model says. */
async function readModel(model: string, given: Given): Promise<ModelInput> {
  const file = given.plan === undefined ? {} : await readJsonInput(given.plan, planInputSchema);
  const training = trainingOf(given, file.training);
  const plan = { ...file, training };
  if (given.tfjs !== undefined) {
    const { architecture, roles, weights } = await readTfjsModel(given.tfjs, training);
    return { model, plan: { architecture, ...plan, roles: { ...roles, ...plan.roles } }, weights };
  }
  if (given.weights === undefined) {
    throw usageError(
      'A model begins with weights; give --weights model.safetensors, or --tfjs with the folder of a model.json',
      'usage',
    );
  }
  return { model, plan, weights: await readWeights(given.weights) };
}

async function readWeights(path: string): Promise<NamedTensors> {
  const bytes = await readInput(path);
  try {
    return decodeWeights(bytes);
  } catch (error) {
    if (!(error instanceof ObjectInvalidError)) throw error;
    throw usageError(`Weights file ${path}: ${error.message}`, error.code, error);
  }
}

/** Roles that the architecture tells, so that they are shown before the model is created. */
async function withToldRoles(input: ModelInput): Promise<ModelInput> {
  const built = asInput(() => buildPlan(input));
  // Keeps the greeting of TensorFlow.js off the terminal; without it, names decide.
  if (isTopology(built.architecture)) await loadTfjs().catch(() => undefined);
  const roles = { ...(await rolesByArchitecture(built, input)), ...input.plan?.roles };
  return { ...input, plan: { ...input.plan, roles } };
}
