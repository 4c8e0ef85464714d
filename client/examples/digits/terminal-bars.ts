import { MultiBar, type Options, Presets, type SingleBar } from 'cli-progress';
import type { RoundProgress, RoundTotals } from './terminal-progress.ts';

/** Steps of the training bar. */
const TRAINING_STEPS = 1_000;

/** Three bars that vanish when the round ends, since its summary says more. */
export function createBars(
  stream: NodeJS.WritableStream,
  { round, rounds, clients }: RoundTotals,
): RoundProgress {
  const options: Options = {
    stream,
    format: '{label} {bar} {state}',
    barsize: 32,
    clearOnComplete: true,
    hideCursor: true,
    // Signals are the program's business; it stops the bars before it ends.
    gracefulExit: false,
  };
  const bars = new MultiBar(options, Presets.shades_classic);
  const heading = `Round ${round}/${rounds}  `;
  const indent = ' '.repeat(heading.length);
  const add = (label: string, total: number): SingleBar =>
    bars.create(total, 0, { label, state: '' });
  const training = add(`${heading}training`, TRAINING_STEPS);
  const uploads = add(`${indent}uploads `, clients);
  const answers = add(`${indent}outcomes`, clients);
  return {
    training(share) {
      const state = `${Math.floor(share * 100)} %`;
      training.update(Math.round(share * TRAINING_STEPS), { state });
    },
    uploaded: (count) => uploads.update(count, { state: `${count} of ${clients}` }),
    answered: (count) => answers.update(count, { state: `${count} of ${clients}` }),
    stop: () => bars.stop(),
  };
}
