import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { count, errorOf, type Given, got, thrown, valuesOf, x, y } from './world.ts';

/** Cases from users of such systems, about objects, their lives and their owners. */
export function casesOfObjects(given: Given): void {
  describe('cases of objects', () => {
    it('P01 worker identity: two workers of one id are one', async () => {
      const { bobAgain, bobOfAnotherClass } = given();
      const [p, q] = [x().send(bobAgain()), y().send(bobAgain())];
      expect(await got(p.add(q))).toEqual([2, 3, 4, 5, 6]);
      expect(thrown(bobOfAnotherClass).message).toMatch(
        /VirtualWorker.*LambdaWorker|LambdaWorker.*VirtualWorker/,
      );
    });

    it('P02 search: what was just sent is found, terms are joined by and', async () => {
      const { bob } = given();
      const held = [x(), y()].map((local) => local.tag('#d').send(bob));
      const found = await bob.search('#d');
      expect(found.length).toBe(held.length);
      expect(await bob.search('#none', '#d')).toEqual([]);
      expect(await bob.search('d')).toEqual([]);
      found.push(...(await bob.search()));
      expect(found.length).toBe(4);
      for (const pointer of [...held, ...found]) pointer.dispose();
      expect(await bob.search()).toEqual([]);
      expect(await got(x().send(bob))).toEqual([1, 2, 3, 4, 5]);
    });

    it('P03 lifetime: the end of one pointer leaves what another was sent', async () => {
      const { bob } = given();
      const local = x();
      const [p, q] = [local.send(bob), local.send(bob)];
      p.dispose();
      expect(await got(q)).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(0);
    });

    it('P04 chains: sending to oneself destroys nothing', async () => {
      const { alice, hook } = given();
      const me = hook.localWorker;
      expect(await got(x().send(me))).toEqual([1, 2, 3, 4, 5]);
      expect(await got(await x().send(me).send(me).get())).toEqual([1, 2, 3, 4, 5]);
      const c = x().send(alice).send(me);
      expect(await got(await c.get())).toEqual([1, 2, 3, 4, 5]);
      expect([await count(alice), await count(me)]).toEqual([0, 0]);
      const own = x().send(alice).send(alice);
      expect(await got(await own.get())).toEqual([1, 2, 3, 4, 5]);
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

    it('P10 permissions: no path gives away private values', async () => {
      const { bob, guest } = given();
      const p = tf.tensor1d([41, 42, 43]).tag('#p').send(bob, { private: true });
      await p.ready();
      const seen = await guest.bob.objects();
      expect(inspect([...seen], { depth: 9 })).not.toMatch(/4[123]/);
      expect([...seen.values()][0]).toMatchObject({
        shape: [3],
        dtype: 'float32',
        isPrivate: true,
      });
      expect(await guest.bob.search('42')).toEqual([]);
      const [found] = (await guest.bob.search('#p')) as [typeof p];
      const reads = [found.get(), found.sum().get(), found.add(1).at(0).get()];
      for (const read of reads) {
        const error = await errorOf(read);
        expect(error.code).toBe('get-not-permitted');
        expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/4[123][^0-9a-zA-Z_-]/);
      }
      expect(thrown(() => (found as never as { item(): void }).item()).message).toMatch(/get\(\)/);
      expect(String(found)).not.toMatch(/4[123],/);
      expect(thrown(() => x().send(bob, { allow: 'carol' } as never)).message).toMatch(/list/);
      expect(await got(p)).toEqual([41, 42, 43]);
    });

    it('P11 leaks: a loop that overwrites its pointer leaves one object under tidy', async () => {
      const { bob, hook } = given();
      let p = tf.zeros([1000]).send(bob);
      for (let index = 0; index < 1000; index += 1) {
        const before = p;
        p = hook.tidy(() => before.add(1));
        before.dispose();
      }
      await p.ready();
      expect(await count(bob)).toBe(1);
      expect(valuesOf(await p.get())).toEqual(Array(1000).fill(1000));
    });

    it('P16 dispose: what is asked for before is given, nested results are kept', async () => {
      const { bob, hook } = given();
      const [p, p2] = [x().send(bob), y().send(bob)];
      const g = p.get();
      p.dispose();
      expect(valuesOf(await g)).toEqual([1, 2, 3, 4, 5]);
      const r = hook.tidy(() => ({ out: p2.add(1).mul(2) }));
      expect(await got(r.out)).toEqual([4, 4, 4, 4, 4]);
      expect(thrown(() => hook.tidy(async () => p2)).message).toMatch(/asynchronous/);
      expect(await got(p2)).toEqual([1, 1, 1, 1, 1]);
    });

    it('P19 proxies: a pointer is no promise, and printing asks nobody', async () => {
      const { bob } = given();
      const [p, q] = [x().send(bob), y().send(bob)];
      expect(await (async () => p)()).toBe(p);
      expect((p as never as { then?: unknown }).then).toBeUndefined();
      const both = await Promise.all([p, q]);
      expect([both[0] === p, both[1] === q]).toEqual([true, true]);
      expect(inspect({ p })).toMatch(/PointerTensor \| me:\d+ -> bob:\d+/);
      const json = JSON.parse(JSON.stringify({ p }));
      expect(json).toEqual({
        p: {
          id: p.id,
          idAtLocation: p.idAtLocation,
          location: 'bob',
          owner: 'me',
          shape: [5],
          dtype: 'int32',
        },
      });
      expect((p as never as { nope?: unknown }).nope).toBeUndefined();
      expect(`${p}`).toMatch(/PointerTensor/);
    });

    it('P20 retries: a random operation has its seed before it first travels', async () => {
      const { alice, hook } = given();
      const p = tf.ones([1000]).send(alice);
      const dropped = hook.tf.dropout(p, 0.5);
      const first = valuesOf(await dropped.get({ keep: true }));
      expect(await got(dropped)).toEqual(first);
      expect(await got(hook.tf.dropout(p, 0.5))).not.toEqual(first);
    });

    it.each([4.4, 4.6, 5.9, 6.3])('P21 payload: %s MB arrive either way', async (megabytes) => {
      const { alice } = given();
      const length = Math.round((megabytes * 1_000_000) / 4);
      const pointer = tf.range(0, length).send(alice);
      const back = await pointer.get();
      expect(back.shape).toEqual([length]);
      expect(back.equal(tf.range(0, length)).all().arraySync()).toBe(1);
      back.dispose();
    });

    it('P21 payload: many large values in one turn, and more commands than one batch takes', async () => {
      const { alice } = given();
      const pointers = Array.from({ length: 20 }, (_, index) =>
        tf.fill([250_000], index).send(alice),
      );
      const tensors = await Promise.all(pointers.map((pointer) => pointer.get()));
      expect(tensors.map((tensor) => tensor.max().arraySync())).toEqual([...pointers.keys()]);
      tf.dispose(tensors);
      let p = tf.scalar(0).send(alice);
      for (let index = 0; index < 4_500; index += 1) p = p.add(1);
      expect(await got(p)).toBe(4_500);
    });

    it('P22 deferred transfer: a tensor is sent as it was when it was sent', async () => {
      const { bob } = given();
      const values = new Float32Array([1, 2, 3]);
      const before = tf.memory();
      const local = tf.tensor1d(values);
      const p = local.send(bob);
      local.dispose();
      values[0] = 99;
      expect(await got(p)).toEqual([1, 2, 3]);
      const variable = tf.variable(tf.zeros([2]));
      const q = variable.send(bob);
      variable.assign(tf.ones([2]));
      expect(await got(q)).toEqual([0, 0]);
      variable.dispose();
      expect(tf.memory().numTensors).toBeLessThanOrEqual(before.numTensors + 2);
    });
  });
}
