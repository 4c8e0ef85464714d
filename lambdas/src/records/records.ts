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

/** Immutable objects a warm function keeps; each is a few kilobytes. */
const CACHED_MAX = 64;

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
  readonly #cache = new Map<string, unknown>();

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
    return this.#immutable(planKey(model), planObjectSchema);
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
    for (;;) {
      const seal = await this.seal({ ...id, group, seal: seals.length });
      if (seal === undefined) return seals;
      seals.push(seal);
      if (seal.final) return seals;
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

  async #immutable<T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached as T;
    const object = await this.store.get(key);
    if (object === undefined) return undefined;
    return this.#keep(key, decodeJson(schema, object.body, { source: key }));
  }

  async #writeOnce<T extends object>(
    key: string,
    value: T,
    schema: z.ZodType<T>,
  ): Promise<WriteOnceOutcome<T>> {
    // What we write we must be able to read: a value our own schema refuses is a programmer error.
    checkJson(schema, value, { source: key });
    const outcome = await this.store.putOnce(key, encodeJson(value));
    if (outcome.kind === 'stored') return { kind: 'written', value: this.#keep(key, value) };
    const there = await this.#immutable(key, schema);
    if (there === undefined)
      throw new Error(`${key} exists and is gone: write-once objects are never deleted`);
    return { kind: 'adopted', value: there };
  }

  #keep<T>(key: string, value: T): T {
    const oldest = this.#cache.keys().next();
    if (this.#cache.size >= CACHED_MAX && !oldest.done) this.#cache.delete(oldest.value);
    this.#cache.set(key, value);
    return value;
  }
}
