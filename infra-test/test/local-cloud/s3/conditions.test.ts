import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import {
  checkReadCondition,
  checkWriteCondition,
  readWriteCondition,
} from '../../../src/local-cloud/s3/conditions.ts';

const current = { etag: 'e1', lastModifiedMs: Date.parse('2026-03-01T12:00:00.700Z') };
const BEFORE = 'Sun, 01 Mar 2026 11:59:59 GMT';
const SAME = 'Sun, 01 Mar 2026 12:00:00 GMT';

function write(headers: IncomingHttpHeaders, present: boolean): string {
  try {
    checkWriteCondition(readWriteCondition(headers), present ? current : undefined, 'k');
    return 'proceed';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function read(headers: IncomingHttpHeaders): string {
  try {
    return checkReadCondition(headers, current);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a write', () => {
  test.each([
    [{}, 'proceed', 'proceed'],
    [{ 'if-none-match': '*' }, 'PreconditionFailed', 'proceed'],
    [{ 'if-none-match': '"e1"' }, 'NotImplemented', 'NotImplemented'],
    [{ 'if-match': '"e1"' }, 'proceed', 'NoSuchKey'],
    [{ 'if-match': 'e1' }, 'proceed', 'NoSuchKey'],
    [{ 'if-match': '"e2"' }, 'PreconditionFailed', 'NoSuchKey'],
    [{ 'if-match': '*' }, 'proceed', 'NoSuchKey'],
  ])('with %j on a present key: %s, on an absent one: %s', (headers, present, absent) => {
    expect([write(headers, true), write(headers, false)]).toEqual([present, absent]);
  });
});

describe('a read', () => {
  test.each([
    [{}, 'proceed'],
    [{ 'if-match': '"e1"' }, 'proceed'],
    [{ 'if-match': '"e0", "e1"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': '"e2"' }, 'PreconditionFailed'],
    [{ 'if-none-match': '"e1"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"e2"' }, 'proceed'],
    [{ 'if-modified-since': SAME }, 'not-modified'],
    [{ 'if-modified-since': BEFORE }, 'proceed'],
    [{ 'if-modified-since': 'nonsense' }, 'proceed'],
    [{ 'if-unmodified-since': SAME }, 'proceed'],
    [{ 'if-unmodified-since': BEFORE }, 'PreconditionFailed'],
    // An ETag outweighs a date.
    [{ 'if-match': '"e1"', 'if-unmodified-since': BEFORE }, 'proceed'],
    [{ 'if-none-match': '"e2"', 'if-modified-since': SAME }, 'proceed'],
  ])('with %j: %s', (headers, outcome) => {
    expect(read(headers)).toBe(outcome);
  });
});
