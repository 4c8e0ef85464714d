import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { headerOf } from '../signature/signed-request.ts';
import type { ObjectRecord } from './stored-object.ts';

/** Condition of a write or delete. */
export interface WriteCondition {
  /** `*`, or the ETag that must be there, without quotes. */
  readonly ifMatch: string | undefined;
  /** Nothing must be there. */
  readonly ifNoneMatch: boolean;
}

/** The current object, as far as conditions look at it. */
type Current = Pick<ObjectRecord, 'etag' | 'lastModifiedMs'>;

/**
 * Reads the condition of a write or delete.
 *
 * @throws {@link AwsError} `NotImplemented` for an `If-None-Match` other than `*`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function readWriteCondition(headers: IncomingHttpHeaders): WriteCondition {
  const ifNoneMatch = headerOf(headers, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw new AwsError(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented: If-None-Match on a write accepts only *',
      { details: { Header: 'If-None-Match' } },
    );
  }
  const ifMatch = headerOf(headers, 'if-match');
  return {
    ifMatch: ifMatch === undefined ? undefined : unquote(ifMatch),
    ifNoneMatch: ifNoneMatch !== undefined,
  };
}

/**
 * Holds a write or delete against what is there now.
 *
 * @throws {@link AwsError} `PreconditionFailed`, or `NoSuchKey` for `If-Match` on an absent key.
 */
export function checkWriteCondition(
  condition: WriteCondition,
  current: Current | undefined,
  key: string,
): void {
  if (condition.ifMatch !== undefined) {
    if (current === undefined) {
      throw noSuchKey(key);
    }
    if (condition.ifMatch !== '*' && condition.ifMatch !== current.etag) {
      throw preconditionFailed('If-Match');
    }
  }
  if (condition.ifNoneMatch && current !== undefined) {
    throw preconditionFailed('If-None-Match');
  }
}

/**
 * Holds a read against what is there.
 *
 * @returns `not-modified` when the client's copy is current.
 * @throws {@link AwsError} `PreconditionFailed`.
 * @see RFC 9110, section 13.2.2, for the order of precedence.
 */
export function checkReadCondition(
  headers: IncomingHttpHeaders,
  current: Current,
): 'proceed' | 'not-modified' {
  const ifMatch = headerOf(headers, 'if-match');
  const ifUnmodifiedSince = dateOf(headers, 'if-unmodified-since');
  if (ifMatch !== undefined) {
    if (!matchesAny(ifMatch, current.etag)) {
      throw preconditionFailed('If-Match');
    }
  } else if (ifUnmodifiedSince !== undefined && wholeSecondsMs(current) > ifUnmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const ifNoneMatch = headerOf(headers, 'if-none-match');
  if (ifNoneMatch !== undefined) {
    return matchesAny(ifNoneMatch, current.etag) ? 'not-modified' : 'proceed';
  }
  const ifModifiedSince = dateOf(headers, 'if-modified-since');
  return ifModifiedSince !== undefined && wholeSecondsMs(current) <= ifModifiedSince
    ? 'not-modified'
    : 'proceed';
}

/** The error for a key that holds nothing. */
export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist', { details: { Key: key } });
}

function preconditionFailed(condition: string): AwsError {
  return new AwsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    { details: { Condition: condition } },
  );
}

function matchesAny(header: string, etag: string): boolean {
  return header.split(',').some((candidate) => {
    const value = unquote(candidate);
    return value === '*' || value === etag;
  });
}

/** ETags are accepted with and without quotes, as S3 does. */
function unquote(etag: string): string {
  return etag.trim().replace(/^"(.*)"$/, '$1');
}

function dateOf(headers: IncomingHttpHeaders, name: string): number | undefined {
  const dateMs = Date.parse(headerOf(headers, name) ?? '');
  return Number.isNaN(dateMs) ? undefined : dateMs;
}

/** HTTP dates have no fractions of a second. */
function wholeSecondsMs(current: Current): number {
  return Math.floor(current.lastModifiedMs / 1000) * 1000;
}
