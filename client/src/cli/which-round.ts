import type { Federation, SignalOptions } from '../federation/federation.ts';
import { CliError } from './cli-error.ts';
import { EXIT_CODES } from './exit-codes.ts';

/**
 * The round a command is about: the given one, else the open one, else the last one.
 *
 * @throws {@link CliError} `round-unknown` when the model has had none.
 */
export async function currentRound(
  federation: Federation,
  { model, round }: { readonly model: string; readonly round: number | undefined },
  options: SignalOptions,
): Promise<number> {
  if (round !== undefined) return round;
  const status = await federation.status(model, options);
  const current = status.openRound?.round ?? status.round;
  if (current > 0) return current;
  throw noRound(`Model ${model} has had no round`, model);
}

/**
 * The round to end: the given one, else the open one.
 *
 * @throws {@link CliError} `round-unknown` when none is open.
 */
export async function openRound(
  federation: Federation,
  { model, round }: { readonly model: string; readonly round: number | undefined },
  options: SignalOptions,
): Promise<number> {
  if (round !== undefined) return round;
  const status = await federation.status(model, options);
  if (status.openRound !== null) return status.openRound.round;
  throw noRound(`Model ${model} has no open round`, model);
}

function noRound(what: string, model: string): CliError {
  return new CliError(`${what}; start one with npx tributary round start ${model}`, {
    code: 'round-unknown',
    exitCode: EXIT_CODES.unknown,
  });
}
