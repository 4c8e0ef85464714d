import { AwsError } from '../aws-error.ts';
import type { SortedKeys } from './sorted-keys.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const PAGE_KEYS_MAX = 1000;

/** What to list. */
export interface ListKeysOptions {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** List what comes after this key. */
  readonly startAfter: string;
  readonly continuationToken: string | undefined;
  /** 0 … {@link PAGE_KEYS_MAX}. */
  readonly maxKeys: number;
}

/** One page of a listing, in UTF-8 byte order. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  /** Undefined on the last page. */
  readonly nextToken: string | undefined;
}

/**
 * Lists one page of keys; keys that share what lies between prefix and delimiter are rolled up.
 *
 * @throws {@link AwsError} `InvalidArgument` for a continuation token that was never given out.
 */
export function listKeys(keys: SortedKeys, options: ListKeysOptions): KeyPage {
  const { prefix, maxKeys } = options;
  const found: string[] = [];
  const commonPrefixes: string[] = [];
  let position = startPosition(keys, options);
  let last = '';
  while (found.length + commonPrefixes.length < maxKeys) {
    const key = keys.at(position);
    if (!key?.startsWith(prefix)) {
      return { keys: found, commonPrefixes, nextToken: undefined };
    }
    const commonPrefix = commonPrefixOf(key, options);
    last = commonPrefix ?? key;
    if (commonPrefix === undefined) {
      found.push(key);
      position += 1;
    } else {
      commonPrefixes.push(commonPrefix);
      position = keys.firstWhere((candidate) => !candidate.startsWith(commonPrefix), position);
    }
  }
  const isTruncated = maxKeys > 0 && keys.at(position)?.startsWith(prefix) === true;
  return { keys: found, commonPrefixes, nextToken: isTruncated ? encodeToken(last) : undefined };
}

function startPosition(keys: SortedKeys, options: ListKeysOptions): number {
  const token = options.continuationToken;
  const after = token === undefined ? options.startAfter : decodeToken(token);
  const first = keys.positionOf(options.prefix);
  const next = after === '' ? 0 : positionAfter(keys, after, options);
  return Math.max(first, next);
}

/** After a rolled-up prefix comes the first key outside it; after a key, the next one. */
function positionAfter(keys: SortedKeys, after: string, options: ListKeysOptions): number {
  const position = keys.positionOf(after);
  if (commonPrefixOf(after, options) === after) {
    return keys.firstWhere((candidate) => !candidate.startsWith(after), position);
  }
  return keys.at(position) === after ? position + 1 : position;
}

function commonPrefixOf(key: string, options: ListKeysOptions): string | undefined {
  const { prefix, delimiter } = options;
  if (delimiter === '' || !key.startsWith(prefix)) {
    return undefined;
  }
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

const TOKEN_PREFIX = 't1.';

function encodeToken(lastKey: string): string {
  return TOKEN_PREFIX + Buffer.from(lastKey).toString('base64url');
}

function decodeToken(token: string): string {
  const encoded = token.slice(TOKEN_PREFIX.length);
  const key = Buffer.from(encoded, 'base64url').toString('utf8');
  if (!token.startsWith(TOKEN_PREFIX) || encodeToken(key) !== token) {
    throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return key;
}
