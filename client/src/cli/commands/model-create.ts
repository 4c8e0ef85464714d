import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { buildPlan } from '../../federation/build-plan.ts';
import { type ModelInput, planInputSchema } from '../../federation/model-input.ts';
import { decodeWeights } from '../../protocol/index.ts';
import { examples, modelArgument } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { asInput, readInput, readJsonInput } from '../input-file.ts';
import { showParticipation } from '../progress-bars.ts';
import { readTfjsModel } from '../tfjs-model.ts';

/** `model create`: creates a model and its version 0. */
export function modelCreate(run: RunCommand): CommandUnknownOpts {
  return new Command('create')
    .description('Create a model from a plan and its first weights.')
    .addArgument(modelArgument())
    .option('--plan <file>', 'JSON: architecture, training, update, strategy, roles')
    .option('--weights <file>', 'first weights, float32 safetensors')
    .addOption(
      new Option('--tfjs <dir>', 'architecture and weights of a tfjs layers model').conflicts(
        'weights',
      ),
    )
    .option('--request-id <id>', 'asking again with the same one creates nothing new')
    .addHelpText(
      'after',
      examples(
        'model create digits --plan plan.json --weights model.safetensors',
        'model create digits --tfjs exported/',
      ),
    )
    .action((model, { requestId, ...files }) =>
      run(async ({ operator, output, signal }) => {
        const input = await readModel(model, files);
        asInput(() => buildPlan(input));
        const federation = await operator();
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

interface ModelFiles {
  readonly plan?: string | undefined;
  readonly weights?: string | undefined;
  readonly tfjs?: string | undefined;
}

/** What a plan file states wins over what the tfjs model says. */
async function readModel(model: string, files: ModelFiles): Promise<ModelInput> {
  const plan = files.plan === undefined ? {} : await readJsonInput(files.plan, planInputSchema);
  if (files.tfjs !== undefined) {
    const { architecture, roles, weights } = await readTfjsModel(files.tfjs);
    return { model, plan: { architecture, ...plan, roles: { ...roles, ...plan.roles } }, weights };
  }
  if (files.weights === undefined) {
    throw usageError(
      'A model begins with weights; give --weights model.safetensors, or --tfjs with the folder of a model.json',
      'usage',
    );
  }
  const bytes = await readInput(files.weights);
  return { model, plan, weights: asInput(() => decodeWeights(bytes)) };
}
