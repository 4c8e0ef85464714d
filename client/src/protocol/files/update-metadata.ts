/** The two metadata values of an update that are the device's own: example count and metrics. */
import { ObjectInvalidError } from '../errors.ts';
import { type Metrics, metricsField } from '../fields.ts';
import { METRIC_COUNT_MAX, METRIC_NAME_LENGTH_MAX } from '../limits.ts';
import { JsonCursor, parseDecimal, quote } from '../strict-json.ts';
import type { Metadata } from './identity.ts';

/**
 * Reads `example_count`.
 *
 * @returns An integer, 1 … 2^53 − 1.
 * @throws {@link ObjectInvalidError} `example-count` for anything but decimal digits, `no-examples` for 0.
 */
export function readExampleCount(metadata: Metadata): number {
  const text = metadata['example_count'];
  const count = text === undefined ? undefined : parseDecimal(text);
  if (count === undefined) {
    const got = text === undefined ? 'is missing' : `is ${quote(text)}`;
    throw new ObjectInvalidError(
      `Metadata example_count ${got}, expected an integer from 1 to 2^53 − 1 in decimal digits; state the number of examples trained on`,
      {
        code: 'example-count',
        detail: { expected: 'decimal digits, 1 to 2^53 − 1', got: text ?? 'nothing' },
      },
    );
  }
  if (count > 0) return count;
  throw new ObjectInvalidError(
    'Update states 0 examples and would weigh nothing; take part when there is data',
    { code: 'no-examples' },
  );
}

/**
 * Reads `metrics`: a JSON object of finite numbers.
 *
 * @throws {@link ObjectInvalidError} `bad-metrics`.
 */
export function readMetrics(metadata: Metadata): Metrics {
  const text = metadata['metrics'];
  if (text === undefined) throw badMetrics('are missing');
  const members: [string, number][] = [];
  const cursor = new JsonCursor(text, { subject: 'Metrics', malformedCode: 'bad-metrics' });
  try {
    const isObject = cursor.readObject((name) => {
      members.push([name, readMetric(cursor, name)]);
      if (members.length > METRIC_COUNT_MAX) throw badMetrics('are too many');
    });
    if (!isObject) throw badMetrics('are no JSON object');
    cursor.readEnd();
  } catch (cause) {
    if (!(cause instanceof ObjectInvalidError)) throw cause;
    throw new ObjectInvalidError(cause.message, { code: 'bad-metrics', cause });
  }
  const parsed = metricsField.safeParse(Object.fromEntries(members));
  if (!parsed.success) throw badMetrics('have a name that is empty or too long');
  return parsed.data;
}

function readMetric(cursor: JsonCursor, name: string): number {
  // The one name that readers of JSON objects drop or take for the prototype.
  if (name === '__proto__') throw badMetrics('include one named __proto__');
  const value = cursor.readNumber();
  if (value === undefined) throw badMetrics(`include ${quote(name)}, which is no finite number`);
  return value;
}

function badMetrics(fault: string): ObjectInvalidError {
  return new ObjectInvalidError(
    `Metrics ${fault}; send a JSON object of at most ${METRIC_COUNT_MAX} finite numbers with names of 1 to ${METRIC_NAME_LENGTH_MAX} characters`,
    { code: 'bad-metrics' },
  );
}
