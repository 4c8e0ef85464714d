import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ListKeysOptions, listKeys } from '../../../src/local-cloud/s3/list-keys.ts';
import { compareKeys, SortedKeys } from '../../../src/local-cloud/s3/sorted-keys.ts';

const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '-', 'é'),
  minLength: 1,
  maxLength: 7,
});

interface Query {
  readonly prefix: string;
  readonly delimiter: string;
  readonly startAfter: string;
}

/** What a listing is by definition: keys and rolled-up prefixes, each once, in order. */
function expectedEntries(keys: readonly string[], query: Query): string[] {
  const { prefix, delimiter, startAfter } = query;
  const entries = new Set<string>();
  for (const each of keys.toSorted(compareKeys)) {
    if (!each.startsWith(prefix) || (startAfter !== '' && compareKeys(each, startAfter) <= 0)) {
      continue;
    }
    const end = delimiter === '' ? -1 : each.indexOf(delimiter, prefix.length);
    const entry = end < 0 ? each : each.slice(0, end + delimiter.length);
    // A prefix that start-after names, or lies within, was listed before it.
    if (end < 0 || startAfter === '' || entry !== startAfter) entries.add(entry);
  }
  return [...entries];
}

function walk(keys: SortedKeys, query: Query, maxKeys: number): string[] {
  const entries: string[] = [];
  let continuationToken: string | undefined;
  do {
    const options: ListKeysOptions = { ...query, maxKeys, continuationToken };
    const page = listKeys(keys, options);
    const found = [...page.keys, ...page.commonPrefixes].sort(compareKeys);
    expect(found.length).toBeLessThanOrEqual(maxKeys);
    entries.push(...found);
    continuationToken = page.nextToken;
  } while (continuationToken !== undefined);
  return entries;
}

test('pages of any size, put together, are the whole listing', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 40 }),
      fc.record({
        prefix: fc.constantFrom('', 'a', 'a/', 'b-', 'é'),
        delimiter: fc.constantFrom('', '/', '-', 'a/'),
        startAfter: fc.oneof(fc.constant(''), key),
      }),
      fc.integer({ min: 1, max: 7 }),
      (keys, query, maxKeys) => {
        expect(walk(SortedKeys.from(keys), query, maxKeys)).toEqual(expectedEntries(keys, query));
      },
    ),
    { numRuns: 500 },
  );
});

test('a page of nothing is not truncated', () => {
  const keys = SortedKeys.from(['a', 'b']);
  const query = { prefix: '', delimiter: '', startAfter: '', continuationToken: undefined };
  expect(listKeys(keys, { ...query, maxKeys: 0 })).toEqual({
    keys: [],
    commonPrefixes: [],
    nextToken: undefined,
  });
});

test.each(['', 'nonsense', 't1.!', 't1.YQ=='])('the token %j was never given out', (token) => {
  const query = { prefix: '', delimiter: '', startAfter: '', maxKeys: 10 };
  expect(() => listKeys(SortedKeys.from(['a']), { ...query, continuationToken: token })).toThrow(
    expect.objectContaining({ code: 'InvalidArgument' }),
  );
});

test('a key that was removed between pages is no obstacle', () => {
  const keys = SortedKeys.from(['a', 'b', 'c']);
  const query = { prefix: '', delimiter: '', startAfter: '' };
  const first = listKeys(keys, { ...query, maxKeys: 2, continuationToken: undefined });
  keys.remove('b');
  const second = listKeys(keys, { ...query, maxKeys: 2, continuationToken: first.nextToken });
  expect([first.keys, second.keys]).toEqual([['a', 'b'], ['c']]);
});
