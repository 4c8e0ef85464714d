/** Progress where there is no terminal, such as in a service's log: a line when a phase begins, and now and then. */
import type { OnProgress, Progress, StepProgress } from '../device/progress.ts';
import type { Output } from './output.ts';
import { stepText, waitingText } from './text.ts';

/** A display that ends. */
export interface Display {
  /** Clears it; harmless to repeat. */
  stop(): void;
}

/** A participation's progress. */
export interface ParticipationDisplay extends Display {
  readonly onProgress: OnProgress;
}

const NAMES: Readonly<Record<StepProgress['phase'], string>> = {
  download: 'Download',
  training: 'Training',
  upload: 'Upload',
  outcome: 'Outcome',
};

/** Shortest time between two lines of one phase; the answer to an outcome may take hours. */
const LINE_MS: Readonly<Record<StepProgress['phase'], number>> = {
  download: 10_000,
  training: 10_000,
  upload: 10_000,
  outcome: 60_000,
};

/** Smaller transfers are over before anybody has read that they began. */
const NOTED_BYTES_MIN: number = 1024 * 1024;

/** Notes each phase when it begins and while it lasts, what an operation waits for and what it leaves out. */
export function noteParticipation(output: Pick<Output, 'note'>): ParticipationDisplay {
  let current: { readonly phase: StepProgress['phase']; readonly notedAt: number } | undefined;
  const onProgress = (progress: Progress) => {
    const now = Date.now();
    if (progress.phase === 'waiting') {
      output.note(waitingText(progress, now));
      return;
    }
    if (progress.phase === 'notice') {
      output.note(progress.reason);
      return;
    }
    const { phase, unit, total } = progress;
    if (unit === 'byte' && total < NOTED_BYTES_MIN) return;
    if (current?.phase === phase && now - current.notedAt < LINE_MS[phase]) return;
    current = { phase, notedAt: now };
    output.note(`${NAMES[phase]}: ${stepText(progress)}`);
  };
  return {
    onProgress,
    stop() {
      current = undefined;
    },
  };
}

/** Notes what an operation waits for, and nothing else. */
export function noteWaits(output: Pick<Output, 'note'>): OnProgress {
  return (progress) => {
    if (progress.phase === 'waiting') output.note(waitingText(progress, Date.now()));
  };
}
