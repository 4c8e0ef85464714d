import { type Options, Presets, SingleBar } from 'cli-progress';
import type { Progress, StepProgress } from '../device/progress.ts';
import type { RoundStatus } from '../protocol/index.ts';
import type { Output } from './output.ts';
import { type Display, noteParticipation, type ParticipationDisplay } from './progress-lines.ts';
import { oneLine } from './terminal-text.ts';
import { stepText, waitingText } from './text.ts';

const LABELS: Readonly<Record<StepProgress['phase'], string>> = {
  download: 'Download',
  training: 'Training',
  upload: 'Upload  ',
  outcome: 'Outcome ',
};

const TICK_MS = 1_000;

function createBar(stream: NodeJS.WritableStream, total: number, label: string): SingleBar {
  const options: Options = {
    stream,
    format: '{label} {bar} {state}',
    barsize: 32,
    hideCursor: true,
    clearOnComplete: true,
    // Signals are the program's business; it stops the bars before it ends.
    gracefulExit: false,
  };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(total, 0, { label, state: '' });
  return bar;
}

/** Shows how much of a round's time to collect has passed; nothing without a terminal. */
export function showDeadline(
  stream: NodeJS.WritableStream | undefined,
  { openedAt, deadlineAt }: Pick<RoundStatus, 'openedAt' | 'deadlineAt'>,
): Display {
  if (stream === undefined) return { stop() {} };
  const bar = createBar(stream, deadlineAt - openedAt, 'Collecting');
  const tick = () => {
    const leftSeconds = Math.ceil((deadlineAt - Date.now()) / 1000);
    const state = leftSeconds > 0 ? `${leftSeconds} s left at most` : 'aggregating';
    bar.update(Math.min(Date.now(), deadlineAt) - openedAt, { state });
  };
  tick();
  const timer = setInterval(tick, TICK_MS);
  return {
    stop() {
      clearInterval(timer);
      bar.stop();
    },
  };
}

/**
 * Shows one bar for each phase, one at a time, and without a terminal a line now and then; notes what
 * an operation waits for, and what it leaves out.
 */
export function showParticipation(output: Pick<Output, 'terminal' | 'note'>): ParticipationDisplay {
  const stream = output.terminal;
  if (stream === undefined) return noteParticipation(output);
  let current: { readonly phase: StepProgress['phase']; readonly bar: SingleBar } | undefined;
  const stop = () => {
    current?.bar.stop();
    current = undefined;
  };
  const onProgress = (progress: Progress) => {
    if (progress.phase === 'waiting') {
      stop();
      output.note(waitingText(progress, Date.now()));
      return;
    }
    if (progress.phase === 'notice') {
      stop();
      output.note(progress.reason);
      return;
    }
    const { phase, done, total } = progress;
    if (current?.phase !== phase) {
      stop();
      current = { phase, bar: createBar(stream, total, LABELS[phase]) };
    }
    current.bar.setTotal(total);
    current.bar.update(done, { state: oneLine(stepText(progress)) });
  };
  return { onProgress, stop };
}
