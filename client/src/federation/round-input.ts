import * as z from 'zod';
import {
  ABANDON_AFTER_SECONDS_DEFAULT,
  assertMinimum,
  checkJson,
  positiveField,
  type Remaining,
  type RoundSettings,
  requestIdField,
  roundSettingsSchema,
} from '../protocol/index.ts';

/** What an operator chooses when starting a round. */
export interface RoundInput {
  /** Valid updates that close the round at once. */
  readonly goal: number;
  /**
   * Fewer included updates than this abort the round; below `goal`, unless that is 1. The difference is
   * the number of devices whose bad numbers the round survives.
   */
  readonly minimum: number;
  /** Longest collection time, in seconds. */
  readonly deadlineSeconds: number;
  /** Updates a round may hold, as a multiple of `goal`; ≥ 1. @default {@link OVER_SELECTION_DEFAULT} */
  readonly overSelection?: number | undefined;
  /**
   * Devices expected to check in; about goal · overSelection of them are selected.
   *
   * @default null, which selects every device
   */
  readonly population?: number | null | undefined;
  /** Time after the deadline before an unfinished round is aborted, in seconds. @default 3600 */
  readonly abandonAfterSeconds?: number | undefined;
  /** Rounds in a row, this one included; ≥ 1. @default 1 */
  readonly rounds?: number | 'continuous' | undefined;
}

/**
 * Devices per needed update: 30 % more than the goal make up for those that drop out.
 *
 * @see Bonawitz et al. 2019, section 9 (arXiv:1902.01046)
 */
export const OVER_SELECTION_DEFAULT = 1.3;

const roundsField: z.ZodType<Remaining> = z.union([positiveField, z.literal('continuous')]);

const anything = z.unknown().optional();

/** Members alone: their values are checked with the defaults filled in. */
const roundInputSchema = z.strictObject({
  goal: anything,
  minimum: anything,
  deadlineSeconds: anything,
  overSelection: anything,
  population: anything,
  abandonAfterSeconds: anything,
  rounds: anything,
  requestId: requestIdField.optional(),
} satisfies Record<keyof RoundInput | 'requestId', z.ZodType>);

/** A round's settings as the protocol has them, and the rounds to follow. */
export interface CheckedRoundInput {
  readonly settings: RoundSettings;
  readonly remaining: Remaining;
}

/**
 * Fills in a round's defaults and checks it.
 *
 * @throws {@link ObjectInvalidError} `json-invalid` naming the field; `minimum-not-below-goal`.
 */
export function checkRoundInput(input: RoundInput): CheckedRoundInput {
  checkJson(roundInputSchema, input, { source: 'the input of startRound' });
  const { goal, minimum, deadlineSeconds } = input;
  const source = 'the number of rounds';
  const rounds = checkJson(roundsField, input.rounds ?? 1, { source });
  const settings: RoundSettings = {
    goal,
    minimum,
    deadlineSeconds,
    abandonAfterSeconds: input.abandonAfterSeconds ?? ABANDON_AFTER_SECONDS_DEFAULT,
    overSelection: input.overSelection ?? OVER_SELECTION_DEFAULT,
    population: input.population ?? null,
  };
  const checked = checkJson(roundSettingsSchema, settings, { source: 'the settings of the round' });
  assertMinimum(checked);
  return {
    settings: checked,
    remaining: rounds === 'continuous' ? rounds : rounds - 1,
  };
}
