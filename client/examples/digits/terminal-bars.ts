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
  const add = (label: string, total: number): SingleBar =>
    bars.create(total, 0, { label: label.padEnd(LABEL_WIDTH), state: '' });
  const training = add(`Round ${round}/${rounds}  training`, TRAINING_STEPS);
  const uploads = add('uploads'.padStart(LABEL_WIDTH), clients);
  const answers = add('outcomes'.padStart(LABEL_WIDTH), clients);
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

/** Room for `Round 1000/1000  training`. */
const LABEL_WIDTH = 26;
