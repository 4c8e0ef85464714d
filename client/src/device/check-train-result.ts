import { InvocationFailedError } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import type { TrainResult } from './train.ts';

/** Which training a result is of, for messages. */
export interface TrainedRound {
  readonly model: string;
  readonly round: number;
}

/**
 * Checks the form of what a train function returned, which may come from untyped code. Its tensors, its
 * example count and its metrics are checked when they are encoded.
 *
 * @throws {@link InvocationFailedError} `train-result` for anything but an object with either weights or
 * delta, tensors by name.
 */
export function checkTrainResult(result: unknown, trained: TrainedRound): TrainResult {
  if (!isRecord(result)) throw badResult(`is ${describeValue(result)}`, trained);
  const { weights, delta } = result;
  if (weights !== undefined && delta !== undefined) {
    throw badResult('has both weights and delta', trained);
  }
  if (weights === undefined && delta === undefined) {
    throw badResult('has neither weights nor delta', trained);
  }
  const [name, tensors] = weights === undefined ? ['delta', delta] : ['weights', weights];
  if (isRecord(tensors)) return result as unknown as TrainResult;
  throw badResult(`has ${name} that are ${describeValue(tensors)}`, trained);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function badResult(fault: string, { model, round }: TrainedRound): InvocationFailedError {
  return new InvocationFailedError(
    `What the train function returned for round ${round} of model ${model} ${fault}, expected { weights, exampleCount } or { delta, exampleCount } with tensors by name; correct the train function, nothing was uploaded`,
    { code: 'train-result', detail: { phase: 'training', model, round } },
  );
}
