/** Where `device check` learns what an update has to be. */
import * as z from 'zod';
import { progressReporter, waitReporter } from '../device/progress.ts';
import type { KnownOfRound } from '../protocol/files/check-update-file.ts';
import { type CheckInAnswer, type TrainingPlan, trainingPlanSchema } from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { CliError, usageError } from './cli-error.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { readJsonInput } from './input-file.ts';
import { withKnownNames } from './known-names.ts';
import { noteWaits } from './progress-lines.ts';
import { type TokenOptions, tokenSource } from './token-options.ts';

/** A plan, and what else is known of the round. */
export interface UpdateExpectation extends KnownOfRound {
  readonly plan: TrainingPlan;
}

/** Where to look, the first that is there: a file, a check-in with a token, the operator's function. */
export interface ExpectationOptions extends TokenOptions {
  readonly plan?: string | undefined;
}

const REMEDY =
  'a device gives --plan with an answer to its check-in, or --token-file to check in here';

/** An answer that has a plan: that to a check-in, or that of `model show --json`. */
const answerSchema = z.object({
  plan: trainingPlanSchema,
  device: z.string().optional(),
  base: z.object({ version: z.int().min(0) }).optional(),
  version: z.int().min(0).optional(),
  openRound: z.object({ baseVersion: z.int().min(0) }).nullish(),
});

const planFileSchema: z.ZodType<UpdateExpectation> = z
  .union([trainingPlanSchema, answerSchema])
  .transform((file) => {
    if (!hasOwn(file, 'plan')) return { plan: file };
    const { plan, device, base, version, openRound } = file;
    return {
      plan,
      device,
      baseVersion: base?.version ?? openRound?.baseVersion ?? version,
    };
  });

/**
 * Learns what an update of a model has to be.
 *
 * @throws {@link CliError} `plan-of-other-model`, `no-round`, `not-selected`, `config-missing`, `file-unreadable`.
 */
export async function readExpectation(
  context: CommandContext,
  model: string,
  options: ExpectationOptions,
): Promise<UpdateExpectation> {
  if (options.plan !== undefined) return fromFile(options.plan, model);
  const { token, tokenFile, tokenCommand } = options;
  const isDevice = (token ?? tokenFile ?? tokenCommand) !== undefined;
  return isDevice ? byCheckIn(context, model, options) : fromOperator(context, model);
}

async function fromFile(path: string, model: string): Promise<UpdateExpectation> {
  const expectation = await readJsonInput(path, planFileSchema);
  if (expectation.plan.model === model) return expectation;
  throw usageError(
    `File ${path} has the plan of model ${expectation.plan.model}, expected that of ${model}; correct --plan or the model's name`,
    'plan-of-other-model',
  );
}

async function byCheckIn(
  { federationWith, output, signal }: CommandContext,
  model: string,
  options: TokenOptions,
): Promise<UpdateExpectation> {
  const federation = await federationWith(tokenSource(options));
  const answer = await federation.coordinator().checkIn(model, {
    signal,
    onWait: waitReporter(progressReporter(noteWaits(output), signal)),
  });
  if (answer.kind !== 'selected') throw withoutPlan(model, answer);
  const { plan, device, base } = answer;
  return { plan, device, baseVersion: base.version };
}

/** Only a device that is selected is given a plan. */
function withoutPlan(
  model: string,
  answer: Exclude<CheckInAnswer, { kind: 'selected' }>,
): CliError {
  const why =
    answer.kind === 'no-round'
      ? `No round of model ${model} is open`
      : `This device is not selected for round ${answer.round} of model ${model}${answer.received ? ', which has an update of it' : ''}`;
  return new CliError(
    `${why}, so the check-in gave no plan; check in again in ${answer.retryAfterSeconds} s, or give --plan with an earlier answer`,
    { code: answer.kind, exitCode: EXIT_CODES.refused },
  );
}

async function fromOperator(context: CommandContext, model: string): Promise<UpdateExpectation> {
  const { signal, output } = context;
  try {
    const federation = await context.operator();
    const { plan, openRound, version } = await withKnownNames(federation, signal, () =>
      federation.status(model, { signal }),
    );
    return { plan, baseVersion: openRound?.baseVersion ?? version };
  } catch (error) {
    if (error instanceof CliError && error.code === 'config-missing') {
      throw usageError(`${error.message}; ${REMEDY}`, error.code, error);
    }
    output.note(`The plan was asked for as an operator; ${REMEDY}`);
    throw error;
  }
}
