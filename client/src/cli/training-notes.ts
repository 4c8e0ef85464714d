/** Lines about a training itself: a script need not report any progress. */
import type { TrainContext, TrainFunction } from '../device/train.ts';

/** Silence of a training script after which a line says that it still runs. */
const HEARTBEAT_MS = 30_000;

/**
 * Returns the train function with a note when it begins and, while the script reports nothing, every
 * half minute.
 *
 * @param note - Called with one line of text.
 */
export function noteTraining(train: TrainFunction, note: (line: string) => void): TrainFunction {
  return async (weights, plan, context) => {
    const startedAt = Date.now();
    let lastAt = startedAt;
    note(`Selected for a round of model ${plan.model}; training begins`);

    const timer = setInterval(() => {
      const now = Date.now();
      if (now - lastAt < HEARTBEAT_MS) return;
      const seconds = Math.round((now - startedAt) / 1000);
      note(`Training: still running after ${seconds} s`);
    }, HEARTBEAT_MS);
    const stop = () => clearInterval(timer);
    context.signal.addEventListener('abort', stop, { once: true });

    const onProgress: TrainContext['onProgress'] = (progress) => {
      lastAt = Date.now();
      context.onProgress(progress);
    };
    try {
      return await train(weights, plan, {
        ...context,
        onProgress,
      });
    } finally {
      stop();
      context.signal.removeEventListener('abort', stop);
    }
  };
}
