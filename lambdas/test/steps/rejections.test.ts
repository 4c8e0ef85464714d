import {
  COHORT_MAX,
  checkJson,
  type Exclusion,
  encodeJson,
  REJECTION_MESSAGE_LENGTH_MAX,
  REJECTION_TEXT_LENGTH_MAX,
  REJECTIONS_LISTED_MAX,
  resultObjectSchema,
  SEAL_ENTRIES_MAX,
  type SealMember,
  type SealObject,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { summariseRejections } from '../../src/steps/rejections.ts';
import { aborted } from '../coordinator/support/history.ts';
import { planOf, pseudonym } from '../support/federation.ts';

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

function exclusions(list: readonly Exclusion[]): ReadonlyMap<string, Exclusion> {
  return new Map(list.map((exclusion) => [exclusion.device, exclusion]));
}

describe('the rejections of a round', () => {
  it('are counted by code, listed by device, and placed in their seals', () => {
    const rejected = [{ device: pseudonym(9), code: 'wrong-shape' }];
    const seals = [sealOf(0, [1, 2, 3]), sealOf(1, [4, 5], { group: 2, rejected })];
    const excluded = exclusions([
      { device: pseudonym(5), code: 'non-finite' },
      { device: pseudonym(1), code: 'out-of-bounds', element: 1 },
      { device: pseudonym(3), code: 'non-finite', element: 0 },
    ]);
    const summary = summariseRejections(planOf(), seals, excluded);
    expect(summary.rejectedCounts).toEqual({
      'non-finite': 2,
      'out-of-bounds': 1,
      'wrong-shape': 1,
    });
    const devices = [1, 3, 5, 9].map(pseudonym).sort();
    expect(summary.rejected.map(({ device }) => device)).toEqual(devices);
    expect(summary.excluded).toEqual([
      { group: 0, seal: 0, code: 'out-of-bounds', members: [0], elements: [1] },
      { group: 0, seal: 0, code: 'non-finite', members: [2], elements: [0] },
      { group: 2, seal: 1, code: 'non-finite', members: [1] },
    ]);
  });

  it('have their detail in the first hundred of the list', () => {
    const names = Array.from({ length: 150 }, (_, name) => name);
    const detail = { message: 'x'.repeat(REJECTION_MESSAGE_LENGTH_MAX) };
    const rejected = names.map((name) => ({ device: pseudonym(name), code: 'c', detail }));
    const summary = summariseRejections(planOf(), [sealOf(0, [], { rejected })], new Map());
    const details = summary.rejected.map((each) => each.detail);
    expect(details.slice(0, 100)).toEqual(details.slice(0, 100).fill(detail));
    expect(details.slice(100).filter((each) => each !== undefined)).toEqual([]);
    expect(summary.rejected).toHaveLength(150);
  });

  it.each(['header', 'fold'])('fit an answer when the %s rejects 100,000 devices', (where) => {
    const names = Array.from({ length: COHORT_MAX }, (_, name) => name);
    const seals: SealObject[] = [];
    for (let at = 0; at < names.length; at += SEAL_ENTRIES_MAX) {
      const own = names.slice(at, at + SEAL_ENTRIES_MAX);
      const text = '～'.repeat(REJECTION_TEXT_LENGTH_MAX);
      const message = '～'.repeat(REJECTION_MESSAGE_LENGTH_MAX);
      const detail = { message, tensor: text, expected: text, got: text };
      const rejected = own.map((name) => ({
        device: pseudonym(name),
        code: 'c'.repeat(64),
        detail,
      }));
      seals.push(
        sealOf(seals.length, where === 'fold' ? own : [], where === 'fold' ? {} : { rejected }),
      );
    }
    const members = seals.flatMap((seal) => seal.members);
    const excluded = exclusions(
      members.map(({ device }) => ({ device, code: 'non-finite', element: 999_999 })),
    );
    const plan = planOf({ shape: [1_000_000] });
    const summary = summariseRejections(plan, seals, excluded);
    expect(Object.values(summary.rejectedCounts)).toEqual([COHORT_MAX]);
    expect(summary.rejected).toHaveLength(REJECTIONS_LISTED_MAX);
    expect(summary.excluded.flatMap((each) => each.members)).toHaveLength(members.length);
    const elements = summary.excluded.flatMap((each) => each.elements ?? []);
    expect(elements).toHaveLength(where === 'fold' ? REJECTIONS_LISTED_MAX : 0);
    const result = aborted(1, summary);
    expect(checkJson(resultObjectSchema, result, { source: 'the result' })).toEqual(result);
    expect(encodeJson(result).length).toBeLessThan(ANSWER_BYTES_MAX / 6);
  });
});
