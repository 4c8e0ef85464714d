import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import type { PointerTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { batchesDuring, tripsDuring } from './wire.ts';
import { count, type Given, got, gotAll, thrown, valuesOf, x, y } from './world.ts';

/** Cases from users of such systems, about objects, their lives and what points to them. */
export function casesOfObjects(given: Given): void {
  describe('cases of objects', () => {
    it.each([
      ['before it travels', async () => undefined],
      ['at the worker', async (pointer: PointerTensor) => await pointer.ready()],
    ])('P03 lifetime: the end of one pointer leaves what another was sent, %s', async (_, wait) => {
      const { bob } = given();
      const local = x();
      const [p, q] = [local.send(bob), local.send(bob)];
      expect(p.idAtLocation).not.toBe(q.idAtLocation);
      await wait(p);
      p.dispose();
      expect(await count(bob)).toBe(1);
      expect(await got(q)).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(0);
      expect(local.send(bob).idAtLocation).not.toBe(p.idAtLocation);
    });

    it('P04 chains: sending to oneself destroys nothing', async () => {
      const { alice, hook } = given();
      const me = hook.localWorker;
      expect(await got(x().send(me))).toEqual([1, 2, 3, 4, 5]);
      expect(await got(await x().send(me).send(me).get())).toEqual([1, 2, 3, 4, 5]);
      const c = x().send(alice).send(me);
      const inner = await c.get();
      expect([await count(alice), await count(me)]).toEqual([1, 0]);
      expect(await got(inner)).toEqual([1, 2, 3, 4, 5]);
      expect([await count(alice), await count(me)]).toEqual([0, 0]);
      const own = x().send(alice).send(alice);
      expect(await got(await own.get())).toEqual([1, 2, 3, 4, 5]);
    });

    it('P04 chains, the kind behind it: what goes to oneself and on, or home, arrives', async () => {
      const { alice, hook } = given();
      const me = hook.localWorker;
      expect(valuesOf(await x().send(me).move(me))).toEqual([1, 2, 3, 4, 5]);
      const on = await x().send(me).move(alice);
      expect([await count(alice), await count(me)]).toEqual([1, 0]);
      expect(valuesOf(await on.move(me))).toEqual([1, 2, 3, 4, 5]);
      const there = await x().send(me).remoteSend(alice);
      expect(await got(await there.get())).toEqual([1, 2, 3, 4, 5]);
      const near = await x().send(alice).send(me).remoteGet();
      expect(near.location.id).toBe('me');
      expect(await got(near)).toEqual([1, 2, 3, 4, 5]);
      expect([await count(alice), await count(me)]).toEqual([0, 0]);
    });

    it('P05 chains: an operation makes one object at each end', async () => {
      const { bob, alice } = given();
      const pp = x().send(bob).send(alice);
      const r = pp.add(pp);
      await r.ready();
      expect([await count(alice), await count(bob)]).toEqual([2, 2]);
      expect(await got(await r.get())).toEqual([2, 4, 6, 8, 10]);
      expect(await got(await pp.get())).toEqual([1, 2, 3, 4, 5]);
      expect([await count(alice), await count(bob)]).toEqual([0, 0]);
    });

    it('P05 chains, the kind behind it: several results, functions and rows too', async () => {
      const { bob, alice, hook } = given();
      const pp = x().send(bob).send(alice);
      const { values, indices } = hook.tf.topk(pp as never, 2);
      const results = [values, indices, hook.tf.concat([pp, pp] as never), pp.at(1)] as never[];
      const chains = results as PointerTensor<PointerTensor>[];
      await Promise.all(chains.map((chain) => chain.ready()));
      expect([await count(alice), await count(bob)]).toEqual([5, 5]);
      const gotten = await Promise.all(chains.map(async (chain) => await got(await chain.get())));
      expect(gotten).toEqual([[5, 4], [4, 3], [1, 2, 3, 4, 5, 1, 2, 3, 4, 5], 2]);
      expect(await got(await pp.get())).toEqual([1, 2, 3, 4, 5]);
      expect([await count(alice), await count(bob)]).toEqual([0, 0]);
    });

    it('P11 leaks: a loop that overwrites its pointer leaves one object under tidy, and is one trip', async () => {
      const { bob, hook } = given();
      const [whole, each] = [
        () =>
          hook.tidy(() => {
            let p = tf.zeros([1_000]).send(bob) as PointerTensor;
            for (let index = 0; index < 1_000; index += 1) p = p.add(1);
            return p;
          }),
        () => {
          let p = tf.zeros([1_000]).send(bob) as PointerTensor;
          for (let index = 0; index < 1_000; index += 1) {
            const before = p;
            p = hook.tidy(() => before.add(1));
            before.dispose();
          }
          return p;
        },
      ];
      for (const loop of [whole, each]) {
        let p: PointerTensor | undefined;
        const batches = await batchesDuring([bob], async () => {
          p = loop();
          await p.ready();
        });
        // Before anything could be collected, one result alone is kept.
        expect(batches.map(({ keep }) => keep)).toEqual([[p?.idAtLocation]]);
        expect(await count(bob)).toBe(1);
        expect(await got(p as PointerTensor)).toEqual(Array(1_000).fill(1_000));
      }
    });

    it('P16 dispose: what is asked for before is given, nested results are kept', async () => {
      const { bob, hook } = given();
      const [p, p2] = [x().send(bob), y().send(bob)];
      const g = p.get();
      p.dispose();
      expect(valuesOf(await g)).toEqual([1, 2, 3, 4, 5]);
      const r = hook.tidy(() => ({ out: p2.add(1).mul(2) }));
      await r.out.ready();
      expect(await count(bob)).toBe(2);
      expect(await got(r.out)).toEqual([4, 4, 4, 4, 4]);
      expect(thrown(() => hook.tidy(async () => p2)).message).toMatch(/asynchronous/);
      expect(await got(p2)).toEqual([1, 1, 1, 1, 1]);
      expect(await count(bob)).toBe(0);
    });

    it('P16 dispose, the kind behind it: whatever was asked for before comes', async () => {
      const { bob, alice } = given();
      const all = [1, 2, 3, 4, 5];
      const kept = x().send(bob);
      await kept.ready();
      const [moved, multi, chain, fetched] = [
        x().send(bob),
        x().send(bob, alice),
        x().send(bob).send(alice),
        x().send(bob).send(alice),
      ];
      const coming = [
        kept.get({ keep: true }).then(valuesOf),
        moved.add(0).get().then(valuesOf),
        moved.move(alice).then(got),
        multi.get().then((tensors) => tensors.map(valuesOf)),
        chain.get().then(got),
        fetched.remoteGet().then(got),
      ];
      for (const pointer of [kept, moved, multi, chain, fetched]) pointer.dispose();
      expect(await Promise.all(coming)).toEqual([all, all, all, [all, all], all, all]);
      expect([await count(bob), await count(alice)]).toEqual([0, 0]);
    });

    it('P19 proxies: a pointer is no promise, and printing asks nobody', async () => {
      const { bob, alice } = given();
      const [p, q] = [x().send(bob), y().send(bob)];
      const m = x().send(bob, alice);
      const trips = await tripsDuring([bob, alice], async () => {
        expect(await (async () => p)()).toBe(p);
        expect(await (async () => m)()).toBe(m);
        expect([(p as never as Thenable).then, (m as never as Thenable).then]).toEqual([
          undefined,
          undefined,
        ]);
        const both = await Promise.all([p, q]);
        expect([both[0] === p, both[1] === q]).toEqual([true, true]);
        expect(inspect({ p })).toMatch(/PointerTensor \| me:\d+ -> bob:\d+/);
        expect(inspect({ m })).toMatch(/-> alice:\d+/);
        expect(JSON.parse(JSON.stringify({ p }))).toEqual({ p: jsonOf(p) });
        expect(JSON.parse(JSON.stringify({ m }))).toEqual({
          m: { pointers: Object.values(m.child.child).map(jsonOf) },
        });
        expect(thrown(() => (p as never as { nope?: unknown }).nope).code).toBe('pointer-misuse');
        expect(`${p}`).toMatch(/PointerTensor/);
      });
      expect(trips).toBe(0);
    });

    it('P22 deferred transfer: a tensor is sent as it was when it was sent', async () => {
      const { bob, alice } = given();
      const before = tf.memory();
      const values = new Float32Array([1, 2, 3]);
      const local = tf.tensor1d(values);
      const p = local.send(bob);
      const m = local.send(bob, alice);
      local.dispose();
      values[0] = 99;
      expect(tf.memory()).toEqual(before);
      expect(await got(p)).toEqual([1, 2, 3]);
      expect(await gotAll(m)).toEqual([
        [1, 2, 3],
        [1, 2, 3],
      ]);
      const variable = tf.tidy(() => tf.variable(tf.zeros([2])));
      const q = variable.send(bob);
      tf.tidy(() => variable.assign(tf.ones([2])));
      expect(await got(q)).toEqual([0, 0]);
      variable.dispose();
      expect(tf.memory()).toEqual(before);
    });

    it.each([
      ['int32', new Int32Array([1, 2, 3]), [1, 2, 3]],
      ['bool', new Uint8Array([1, 0, 1]), [1, 0, 1]],
    ] as const)(
      'P22 deferred transfer, the kind behind it: of %s, and numbers in arguments',
      async (dtype, values, expected) => {
        const { bob } = given();
        const local = tf.tensor1d(values, dtype);
        const p = local.send(bob);
        local.dispose();
        values.fill(0);
        const [begin, addend] = [[1], [1, 1, 1]];
        const [part, sum] = [p.slice(begin, [2]), p.toFloat().add(addend)];
        begin[0] = 0;
        addend.fill(99);
        expect(await got(part)).toEqual(expected.slice(1));
        expect(await got(sum)).toEqual(expected.map((value) => value + 1));
        expect(await got(p)).toEqual(expected);
      },
    );
  });
}

interface Thenable {
  readonly then?: unknown;
}

function jsonOf({ id, idAtLocation, location }: PointerTensor): object {
  const form = { shape: [5], dtype: 'int32' };
  return { id, idAtLocation, location: location.id, owner: 'me', ...form };
}
