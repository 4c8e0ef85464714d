import type { BatchAnswer } from '@tributary/client/protocol';
import { logOf } from '../log.ts';
import { loadTensorFlow } from './tensorflow.ts';
import { answerFailing, createWorker, type Worker } from './worker.ts';

const log = logOf('worker');
let warm: Promise<Worker> | undefined;

/**
 * A worker's Lambda function: executes batches of commands on remote tensors. Nothing is read from the
 * environment before an event needs it, and a warm function keeps what it made.
 */
export async function handler(
  event: unknown,
  context: { getRemainingTimeInMillis(): number },
): Promise<BatchAnswer> {
  try {
    warm ??= loadTensorFlow().then((tf) => createWorker(process.env, tf, log));
    const worker = await warm;
    return await worker.answer(event, context.getRemainingTimeInMillis());
  } catch (error) {
    warm = undefined;
    return answerFailing(error, log);
  }
}
