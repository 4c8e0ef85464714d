import type { RoundProgress, RoundTotals } from './terminal-progress.ts';

/** Shares of the training after which a line is printed. */
const QUARTERS = 4;

/** Progress as lines that only ever grow: four for training, one each for uploads and answers. */
export function createPlainLines(
  print: (text: string) => void,
  { round, rounds, clients }: RoundTotals,
): RoundProgress {
  const heading = `Round ${round} of ${rounds}`;
  let quarter = 0;
  return {
    training(share) {
      const reached = Math.floor(share * QUARTERS);
      if (reached <= quarter) return;
      quarter = reached;
      print(`${heading}: training ${(reached * 100) / QUARTERS} %`);
    },
    uploaded(count) {
      if (count === clients) print(`${heading}: ${count} updates uploaded`);
    },
    answered(count) {
      if (count === clients) print(`${heading}: ${count} devices know their outcome`);
    },
    stop() {},
  };
}
