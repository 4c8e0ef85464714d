import {
  COHORT_MAX,
  checkJson,
  encodeJson,
  REJECTIONS_LISTED_MAX,
  resultObjectSchema,
  SEAL_ENTRIES_MAX,
  type SealMember,
  type SealObject,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { summariseRejections } from '../../src/steps/rejections.ts';
import { aborted } from '../coordinator/support/history.ts';
import { pseudonym } from '../support/federation.ts';

/** Most bytes a synchronous invocation answers with (Lambda quotas). */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;

function sealOf(seal: number, names: readonly number[], fields: Partial<SealObject> = {}) {
  const members = names.map(
    (name): SealMember => ({
      device: pseudonym(name),
      etag: '"e"',
      sha256: '0'.repeat(64),
      bytes: 100,
      dataOffset: 92,
      exampleCount: 1,
      weight: 1,
      metrics: {},
    }),
  );
  return {
    schema: 1,
    model: 'm',
    round: 1,
    group: 0,
    seal,
    final: false,
    sealedAt: 0,
    members,
    rejected: [],
    surplus: [],
    ...fields,
  } as const;
}

describe('the rejections of a round', () => {
  it('are counted by code, listed by device, and placed in their seals', () => {
    const rejected = [{ device: pseudonym(9), code: 'wrong-shape' }];
    const seals = [sealOf(0, [1, 2, 3]), sealOf(1, [4, 5], { group: 2, rejected })];
    const excluded = new Map([
      [pseudonym(5), 'non-finite'],
      [pseudonym(1), 'out-of-bounds'],
      [pseudonym(3), 'non-finite'],
    ]);
    const summary = summariseRejections(seals, excluded);
    expect(summary.rejectedCounts).toEqual({
      'non-finite': 2,
      'out-of-bounds': 1,
      'wrong-shape': 1,
    });
    const devices = [1, 3, 5, 9].map(pseudonym).sort();
    expect(summary.rejected.map(({ device }) => device)).toEqual(devices);
    expect(summary.excluded).toEqual([
      { group: 0, seal: 0, code: 'out-of-bounds', members: [0] },
      { group: 0, seal: 0, code: 'non-finite', members: [2] },
      { group: 2, seal: 1, code: 'non-finite', members: [1] },
    ]);
  });

  it.each(['header', 'fold'])('fit an answer when the %s rejects 100,000 devices', (where) => {
    const names = Array.from({ length: COHORT_MAX }, (_, name) => name);
    const seals: SealObject[] = [];
    for (let at = 0; at < names.length; at += SEAL_ENTRIES_MAX) {
      const own = names.slice(at, at + SEAL_ENTRIES_MAX);
      const rejected = own.map((name) => ({ device: pseudonym(name), code: 'c'.repeat(64) }));
      seals.push(
        sealOf(seals.length, where === 'fold' ? own : [], where === 'fold' ? {} : { rejected }),
      );
    }
    const members = seals.flatMap((seal) => seal.members);
    const excluded = new Map(members.map(({ device }) => [device, 'non-finite']));
    const summary = summariseRejections(seals, excluded);
    expect(Object.values(summary.rejectedCounts)).toEqual([COHORT_MAX]);
    expect(summary.rejected).toHaveLength(REJECTIONS_LISTED_MAX);
    expect(summary.excluded.flatMap((each) => each.members)).toHaveLength(members.length);
    const result = aborted(1, summary);
    expect(checkJson(resultObjectSchema, result, { source: 'the result' })).toEqual(result);
    expect(encodeJson(result).length).toBeLessThan(ANSWER_BYTES_MAX / 6);
  });
});
