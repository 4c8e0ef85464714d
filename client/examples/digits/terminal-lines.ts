import type { RoundProgress, RoundTotals } from './terminal-progress.ts';

/** One line when a round begins: its summary says the rest, and a log has no bar to look at. */
export function createPlainLines(
  print: (text: string) => void,
  { round, rounds, clients }: RoundTotals,
): RoundProgress {
  print(`Round ${round} of ${rounds}: ${clients} devices train`);
  return { training() {}, uploaded() {}, answered() {}, stop() {} };
}
