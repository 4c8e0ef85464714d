import { decodeSafetensors, partialKey, versionFileKey } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import type { PutOutcome } from '../../src/storage/object-store.ts';
import { driveRound } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  keyOf,
  MODEL,
  openFirstRound,
  planOf,
  pseudonym,
  updateBytes,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const PARTIAL = partialKey({ model: MODEL, round: 1, group: 0, seal: 0, shard: 0 });

/** A bucket in which another program writes the partial first, whatever a fold of ours would write. */
class SharedStore extends MemoryObjectStore {
  readonly #partial: Uint8Array;

  constructor(partial: Uint8Array) {
    super();
    this.#partial = partial;
  }

  override putOnce(key: string, body: Uint8Array): Promise<PutOutcome> {
    return key === PARTIAL ? this.#comeSecond() : super.putOnce(key, body);
  }

  async #comeSecond(): Promise<PutOutcome> {
    await super.putOnce(PARTIAL, this.#partial);
    return { kind: 'exists' };
  }
}

/** Folds a round of a good and a bad update; what is stored of it. */
async function foldedRound(
  overrides: { readonly exclusionElements?: undefined },
  store = new MemoryObjectStore(),
) {
  const plan = planOf();
  await createModel(store, plan);
  const round = await openFirstRound(store, { goal: 2 }, overrides);
  for (const [device, bad] of [
    [pseudonym(1), 1],
    [pseudonym(2), Number.NaN],
  ] as const) {
    const update = { device, delta: [1, bad], exampleCount: 1 };
    await store.putOnce(keyOf(update), updateBytes(plan, update));
  }
  const result = await driveRound(contextOn(store));
  const partial = store.objects.get(PARTIAL)?.body ?? new Uint8Array();
  const { metadata } = decodeSafetensors(partial);
  const version = store.objects.get(versionFileKey(MODEL, 1, 'model.safetensors'))?.body;
  return { round, result, partial, version, record: metadata['partial'] ?? '' };
}

describe('the bytes of a partial', () => {
  it('have the bad element of each exclusion in a round that says so', async () => {
    const { round, result, record } = await foldedRound({});
    expect(round.exclusionElements).toBe(true);
    expect(JSON.parse(record).excluded).toEqual([
      { device: pseudonym(2), code: 'non-finite', element: 1 },
    ]);
    expect(result.rejected).toMatchObject([{ code: 'non-finite', detail: { tensor: 'w' } }]);
  });

  it('are those of the program that opened the round, whichever program folds it', async () => {
    const { result, record } = await foldedRound({ exclusionElements: undefined });
    const excluded = `"excluded":[{"device":"${pseudonym(2)}","code":"non-finite"}]}`;
    expect(record.endsWith(excluded)).toBe(true);
    expect(result).toMatchObject({ kind: 'published', included: 1 });
    expect(result.rejected).toEqual([{ device: pseudonym(2), code: 'non-finite' }]);
  });

  it('of a program that knows no elements raise an alarm once, and are merged all the same', async () => {
    const older = await foldedRound({ exclusionElements: undefined });
    const store = new SharedStore(older.partial);
    await expect(foldedRound({}, store)).rejects.toMatchObject({ code: 'state-mismatch' });

    // The next delivery finds the partial there.
    const result = await driveRound(contextOn(store));
    expect(result).toMatchObject({ kind: 'published', included: 1 });
    expect(result.rejected).toEqual([{ device: pseudonym(2), code: 'non-finite' }]);
    const file = versionFileKey(MODEL, 1, 'model.safetensors');
    expect(store.objects.get(file)?.body).toEqual(older.version);
  });
});
