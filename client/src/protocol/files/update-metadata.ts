/** The two metadata values of an update that are the device's own: example count and metrics. */
import { ObjectInvalidError } from '../errors.ts';
import type { Metrics } from '../fields.ts';
import { JsonCursor, parseDecimal, quote } from '../strict-json.ts';
import { type ChosenMetrics, chooseMetrics } from './choose-metrics.ts';
import type { Metadata } from './identity.ts';

/** What Python's `json` writes for numbers that JSON has not. */
const NON_FINITE_WORDS = ['NaN', 'Infinity', '-Infinity'];

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
 * Reads `metrics`, a report beside the weights: what of it is not a metric is left out, and never a
 * reason to refuse the update. Python's `NaN` and `Infinity` are read past like any other value.
 *
 * @returns At most {@link METRIC_COUNT_MAX} metrics, the first ones; none where there is no JSON object.
 */
export function readMetrics(metadata: Metadata): Metrics {
  return readReport(metadata).metrics;
}

/** Reads `metrics` as {@link readMetrics} does, with a sentence for each that is left out. */
export function readReport(metadata: Metadata): ChosenMetrics {
  const text = metadata['metrics'];
  if (text === undefined) return { metrics: {}, leftOut: [] };
  const members: [string, unknown][] = [];
  const cursor = new JsonCursor(text, {
    subject: 'Metrics',
    malformedCode: 'json-malformed',
    extraWords: NON_FINITE_WORDS,
  });
  try {
    cursor.readObject((name) => members.push([name, cursor.readNumber()]));
    cursor.readEnd();
  } catch (cause) {
    if (!(cause instanceof ObjectInvalidError)) throw cause;
    const leftOut = 'Metrics are left out: expected a JSON object of numbers as their text';
    return { metrics: {}, leftOut: [leftOut] };
  }
  return chooseMetrics(members);
}
