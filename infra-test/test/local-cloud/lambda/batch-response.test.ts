import { describe, expect, it } from 'vitest';
import { failedMessageIds } from '../../../src/local-cloud/lambda/batch-response.ts';

const batch = new Set(['id-1', 'id-2', 'id-3']);
const failures = (...identifiers: unknown[]) =>
  JSON.stringify({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) });

describe('failedMessageIds (F15)', () => {
  it('names the reported messages alone', () => {
    expect(failedMessageIds(failures('id-2'), batch)).toEqual(new Set(['id-2']));
    expect(failedMessageIds(failures('id-2', 'id-2', 'id-3'), batch)).toEqual(
      new Set(['id-2', 'id-3']),
    );
  });

  it.each([
    '{}',
    'null',
    '[]',
    '{"batchItemFailures":[]}',
    '{"batchItemFailures":null}',
    '{"x":1}',
  ])('reads %s as success', (payload) => {
    expect(failedMessageIds(payload, batch)).toEqual(new Set());
  });

  it.each([
    failures(''),
    failures(null),
    failures('unknown'),
    failures('ID-2'),
    failures('id-2', 'unknown'),
    failures(2),
    failures(undefined),
    '{"batchItemFailures":[{"ItemIdentifier":"id-2"}]}',
    '{"batchItemFailures":[{"itemidentifier":"id-2"}]}',
    '{"batchItemFailures":["id-2"]}',
    '{"batchItemFailures":[null]}',
    '{"batchItemFailures":[[]]}',
    '{"batchItemFailures":"id-2"}',
    '{"batchItemFailures":""}',
    '{"batchItemFailures":{}}',
    '{"batchItemFailures":0}',
    '{"batchItemFailures":false}',
    '"done"',
    '7',
    'true',
    '[{"itemIdentifier":"id-2"}]',
    'not json',
  ])('fails the whole batch on %s', (payload) => {
    expect(failedMessageIds(payload, batch)).toEqual(batch);
  });
});
