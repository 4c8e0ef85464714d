import { createHash } from 'node:crypto';

/** What decides who takes part in a round. */
export interface SelectionInput {
  readonly seed: number;
  readonly round: number;
  readonly devices: number;
  readonly clientsPerRound: number;
}

/**
 * Draws the devices that take part in a round, without repetition, the same for the same seed.
 *
 * @returns Device numbers from 0, ascending.
 */
export function selectClients(input: SelectionInput): readonly number[] {
  const { seed, round, devices, clientsPerRound } = input;
  const drawn = Array.from({ length: devices }, (_, device) => ({
    device,
    ticket: createHash('sha256').update(`${seed}/${round}/${device}`).digest('hex'),
  })).sort((left, right) => (left.ticket < right.ticket ? -1 : 1));
  return drawn
    .slice(0, clientsPerRound)
    .map(({ device }) => device)
    .sort((left, right) => left - right);
}
