import {
  LIST_PAGE_MAX,
  OBJECT_LEASE_SECONDS,
  type ObjectHeader,
  type ObjectName,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredObject, WorkerStore } from '../../../src/execution/index.ts';

/** What a suite needs of one implementation. */
export interface StoreUnderTest {
  readonly store: WorkerStore;
  /** Moves the store's clock; absent where nobody can. */
  readonly elapse?: (seconds: number) => Promise<void>;
}

const DIGEST = 'ab'.repeat(32);
const OTHER_DIGEST = 'cd'.repeat(32);

function nameOf(index: number, owner = 'carol'): ObjectName {
  return { owner, id: String(index).padStart(22, '0') };
}

function objectOf(change: Partial<ObjectHeader> = {}): StoredObject {
  const header: ObjectHeader = {
    schema: 1,
    kind: 'tensor',
    dtype: 'float32',
    shape: [1],
    digest: DIGEST,
    owner: 'carol',
    createdAt: 1,
    origin: 'sent',
    tags: [],
    description: '',
    restrictions: [],
    ...change,
  };
  return { header, bytes: Uint8Array.of(1, 2, 3, 4) };
}

/** What every store of a worker does, whatever it is made of. */
export function describeWorkerStore(
  implementation: string,
  open: () => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  describe(implementation, () => {
    let store: WorkerStore;
    let elapse: StoreUnderTest['elapse'];
    const name = nameOf(1);

    beforeEach(async () => {
      ({ store, elapse } = await open());
    });

    it('creates an object once, and knows the command that made it', async () => {
      expect(await store.create(name, objectOf())).toBe('created');
      expect(await store.create(name, objectOf({ createdAt: 2 }))).toBe('same');
      expect(await store.create(name, objectOf({ digest: OTHER_DIGEST }))).toBe('taken');
      expect(await store.read(name)).toMatchObject({
        kind: 'found',
        header: { createdAt: 1 },
        bytes: Uint8Array.of(1, 2, 3, 4),
      });
    });

    it('keeps owners apart', async () => {
      await store.create(name, objectOf());
      expect(await store.create(nameOf(1, 'dave'), objectOf({ digest: OTHER_DIGEST }))).toBe(
        'created',
      );
    });

    it('creates one object of several at the same time', async () => {
      const digests = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(64));
      const outcomes = await Promise.all(
        digests.map((digest) => store.create(name, objectOf({ digest }))),
      );
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(7);
      const found = await store.head(name);
      const winner = digests[outcomes.indexOf('created')];
      expect(found.kind === 'found' && found.header.digest).toBe(winner);
    });

    it('keeps bytes that their maker changes afterwards', async () => {
      const object = objectOf();
      await store.create(name, object);
      object.bytes[0] = 99;
      const found = await store.read(name);
      expect(found.kind === 'found' && found.bytes[0]).toBe(1);
    });

    it('tells headers without bytes', async () => {
      await store.create(name, objectOf({ tags: ['#x'] }));
      const found = await store.head(name);
      expect(found).toMatchObject({ kind: 'found', header: { tags: ['#x'] } });
      expect(found).not.toHaveProperty('bytes');
    });

    it('keeps objects of no elements and of no tensor', async () => {
      const none = new Uint8Array();
      await store.create(name, { ...objectOf({ shape: [0, 3] }), bytes: none });
      const pointer = { location: 'bob', id: name.id };
      const header = objectOf({ kind: 'pointer', target: pointer }).header;
      await store.create(nameOf(2), { header, bytes: none });
      expect(await store.read(name)).toMatchObject({ header: { shape: [0, 3] }, bytes: none });
      expect(await store.read(nameOf(2))).toMatchObject({ header: { target: pointer } });
    });

    it('says of what was never made that it is missing', async () => {
      expect(await store.head(name)).toEqual({ kind: 'missing' });
      expect(await store.read(name)).toEqual({ kind: 'missing' });
    });

    it('leaves a tombstone, which nothing brings back', async () => {
      await store.create(name, objectOf());
      await store.delete(name);
      await store.delete(name);
      expect(await store.head(name)).toEqual({ kind: 'deleted', digest: DIGEST });
      expect(await store.read(name)).toEqual({ kind: 'deleted', digest: DIGEST });
      expect(await store.create(name, objectOf())).toBe('deleted');
      expect(await store.create(name, objectOf({ digest: OTHER_DIGEST }))).toBe('taken');
      expect((await store.list({})).objects).toEqual([]);
    });

    it('leaves a tombstone for an object that has not come yet', async () => {
      await store.delete(name);
      expect(await store.head(name)).toEqual({ kind: 'deleted', digest: null });
      expect(await store.create(name, objectOf())).toBe('deleted');
    });

    it('replaces headers by compare-and-swap', async () => {
      await store.create(name, objectOf());
      const before = await store.head(name);
      if (before.kind !== 'found') throw new Error(before.kind);
      const { version } = before;
      const header = objectOf({ tags: ['#new'] }).header;
      const changes = await Promise.all([
        store.replaceHeader(name, { header, version }),
        store.replaceHeader(name, { header, version }),
      ]);
      expect(changes.filter(Boolean)).toHaveLength(1);
      expect(await store.replaceHeader(name, { header, version })).toBe(false);
      expect(await store.read(name)).toMatchObject({
        header: { tags: ['#new'] },
        bytes: Uint8Array.of(1, 2, 3, 4),
      });
      await store.delete(name);
      expect(await store.replaceHeader(name, { header, version })).toBe(false);
    });

    it('lists page by page, in order, all or one owner’s', async () => {
      const count = LIST_PAGE_MAX + 3;
      for (let index = 0; index < count; index += 1) await store.create(nameOf(index), objectOf());
      await store.create(nameOf(7, 'dave'), objectOf({ owner: 'dave' }));
      const mine = await collect(store, 'carol');
      expect(mine.map(({ id }) => id)).toEqual(
        Array.from({ length: count }, (_, index) => nameOf(index).id),
      );
      expect(await collect(store, 'dave')).toEqual([nameOf(7, 'dave')]);
      expect(await collect(store)).toHaveLength(count + 1);
      expect(await collect(store, 'nobody')).toEqual([]);
      // No owner is a prefix of another one.
      expect(await collect(store, 'caro')).toEqual([]);
    });

    it('goes on listing after what was deleted in between', async () => {
      for (let index = 0; index <= LIST_PAGE_MAX; index += 1) {
        await store.create(nameOf(index), objectOf());
      }
      const first = await store.list({});
      for (const { name: listed } of first.objects) await store.delete(listed);
      const second = await store.list({ cursor: first.cursor });
      expect(second.objects.map((object) => object.name)).toEqual([nameOf(LIST_PAGE_MAX)]);
      // What was deleted takes no place in a page.
      const anew = await store.list({});
      expect(anew).toEqual({ objects: second.objects });
    });

    it('begins a lease anew without changing the object', async () => {
      await store.create(name, objectOf());
      const before = await store.head(name);
      await store.renew(name);
      const after = await store.read(name);
      expect(after).toMatchObject({ kind: 'found', header: objectOf().header });
      if (before.kind === 'found' && after.kind === 'found') {
        expect(after.renewedAt).toBeGreaterThanOrEqual(before.renewedAt);
      }
      await store.renew(nameOf(2));
      expect(await store.head(nameOf(2))).toEqual({ kind: 'missing' });
    });

    it('forgets what nobody used for as long as a lease', async () => {
      if (elapse === undefined) return;
      await store.create(name, objectOf());
      await store.create(nameOf(2), objectOf());
      await elapse(OBJECT_LEASE_SECONDS * 0.75);
      await store.renew(nameOf(2));
      await elapse(OBJECT_LEASE_SECONDS * 0.5);
      expect(await store.head(name)).toEqual({ kind: 'missing' });
      expect(await store.head(nameOf(2))).toMatchObject({ kind: 'found' });
    });

    it('keeps plans by their digests', async () => {
      expect(await store.readPlan(DIGEST)).toBeUndefined();
      await store.createPlan(DIGEST, Uint8Array.of(1));
      await store.createPlan(DIGEST, Uint8Array.of(1));
      expect(await store.readPlan(DIGEST)).toEqual(Uint8Array.of(1));
    });
  });
}

async function collect(store: WorkerStore, owner?: string): Promise<ObjectName[]> {
  const names: ObjectName[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ owner, cursor });
    names.push(...page.objects.map(({ name }) => name));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return names;
}
