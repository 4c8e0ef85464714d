/**
 * Typed access to the bucket's JSON: every read is checked against its schema, every write-once write
 * says whether it was made or somebody's was there first.
 */
import {
  type CloseObject,
  checkJson,
  closeKey,
  closeObjectSchema,
  decodeJson,
  encodeJson,
  type Head,
  headKey,
  headSchema,
  type PlanObject,
  planKey,
  planObjectSchema,
  type ResultObject,
  type RoundId,
  type RoundObject,
  resultKey,
  resultObjectSchema,
  roundKey,
  roundObjectSchema,
  type SealId,
  type SealObject,
  sealKey,
  sealObjectSchema,
} from '@tributary/client/protocol';
import type { z } from 'zod';
import type { ObjectStore } from '../storage/object-store.ts';
import { ObjectCache } from './object-cache.ts';

/** Bytes of immutable objects a warm function keeps: parsed, a few times as much of its 512 MB. */
const CACHED_BYTES_MAX: number = 16 * 1024 * 1024;

/**
 * Largest object that is kept, plans aside: rounds, closes and results of everyday rounds. Seals and
 * results of large ones are rare and would push out what every request reads.
 */
const CACHED_OBJECT_BYTES_MAX: number = 64 * 1024;

/** `written`: this write made it. `adopted`: it was there; `value` is what is there. */
export interface WriteOnceOutcome<T> {
  readonly kind: 'written' | 'adopted';
  readonly value: T;
}

export interface HeadRecord {
  readonly head: Head;
  readonly etag: string;
}

export class Records {
  readonly store: ObjectStore;
  readonly #cache = new ObjectCache({ bytesMax: CACHED_BYTES_MAX });

  constructor(store: ObjectStore) {
    this.store = store;
  }

  async head(model: string): Promise<HeadRecord | undefined> {
    const source = headKey(model);
    const object = await this.store.get(source);
    if (object === undefined) return undefined;
    return { head: decodeJson(headSchema, object.body, { source }), etag: object.etag };
  }

  plan(model: string): Promise<PlanObject | undefined> {
    return this.#immutable(planKey(model), planObjectSchema, { keptBytesMax: CACHED_BYTES_MAX });
  }

  round(id: RoundId): Promise<RoundObject | undefined> {
    return this.#immutable(roundKey(id), roundObjectSchema);
  }

  close(id: RoundId): Promise<CloseObject | undefined> {
    return this.#immutable(closeKey(id), closeObjectSchema);
  }

  result(id: RoundId): Promise<ResultObject | undefined> {
    return this.#immutable(resultKey(id), resultObjectSchema);
  }

  seal(id: SealId): Promise<SealObject | undefined> {
    return this.#immutable(sealKey(id), sealObjectSchema);
  }

  /** Every seal of a group so far, in order; the last one is final once collection is over. */
  async seals(id: RoundId, group: number): Promise<SealObject[]> {
    const seals: SealObject[] = [];
    for await (const seal of this.eachSeal(id, group)) seals.push(seal);
    return seals;
  }

  /** As {@link Records.seals}, one after the other, for readers that need not hold all at once. */
  async *eachSeal(id: RoundId, group: number): AsyncIterable<SealObject> {
    for (let n = 0; ; n += 1) {
      const seal = await this.seal({ ...id, group, seal: n });
      if (seal === undefined) return;
      yield seal;
      if (seal.final) return;
    }
  }

  writePlan(plan: PlanObject): Promise<WriteOnceOutcome<PlanObject>> {
    return this.#writeOnce(planKey(plan.plan.model), plan, planObjectSchema);
  }

  writeRound(round: RoundObject): Promise<WriteOnceOutcome<RoundObject>> {
    return this.#writeOnce(roundKey(round), round, roundObjectSchema);
  }

  writeClose(id: RoundId, close: CloseObject): Promise<WriteOnceOutcome<CloseObject>> {
    return this.#writeOnce(closeKey(id), close, closeObjectSchema);
  }

  writeSeal(seal: SealObject): Promise<WriteOnceOutcome<SealObject>> {
    return this.#writeOnce(sealKey(seal), seal, sealObjectSchema);
  }

  writeResult(result: ResultObject): Promise<WriteOnceOutcome<ResultObject>> {
    return this.#writeOnce(resultKey(result), result, resultObjectSchema);
  }

  async #immutable<T>(
    key: string,
    schema: z.ZodType<T>,
    { keptBytesMax = CACHED_OBJECT_BYTES_MAX }: { readonly keptBytesMax?: number } = {},
  ): Promise<T | undefined> {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached as T;
    const object = await this.store.get(key);
    if (object === undefined) return undefined;
    const value = decodeJson(schema, object.body, { source: key });
    if (object.body.length <= keptBytesMax) this.#cache.keep(key, value, object.body.length);
    return value;
  }

  async #writeOnce<T extends object>(
    key: string,
    value: T,
    schema: z.ZodType<T>,
  ): Promise<WriteOnceOutcome<T>> {
    // What we write we must be able to read: a value our own schema refuses is a programmer error.
    checkJson(schema, value, { source: key });
    const outcome = await this.store.putOnce(key, encodeJson(value));
    if (outcome.kind === 'stored') return { kind: 'written', value };
    const there = await this.#immutable(key, schema);
    if (there === undefined)
      throw new Error(`${key} exists and is gone: write-once objects are never deleted`);
    return { kind: 'adopted', value: there };
  }
}
