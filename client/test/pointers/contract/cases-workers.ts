import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { GetNotPermittedError, HookedTensor, TensorsNotCollocatedError } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { codeOf, count, errorOf, type Given, got, gotAll, printed, thrown, x, y } from './world.ts';

/** Cases from users of such systems, about workers: which is which, what they find and whom they tell. */
export function casesOfWorkers(given: Given): void {
  describe('cases of workers', () => {
    it('P01 worker identity: two workers of one id are one', async () => {
      const { bob, bobAgain, bobOfAnotherClass } = given();
      const [p, q] = [x().send(bobAgain()), y().send(bobAgain())];
      expect(p.location).not.toBe(q.location);
      expect(await got(p.add(q))).toEqual([2, 3, 4, 5, 6]);
      expect(await count(bob)).toBe(2);
      const error = thrown(bobOfAnotherClass);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(
        /Worker bob is a (VirtualWorker .* LambdaWorker|LambdaWorker .* VirtualWorker)/,
      );
    });

    it('P01 worker identity, the kind behind it: wherever two handles meet they are one', async () => {
      const { alice, bob, bobAgain, hook } = given();
      const [p, q] = [x().send(bobAgain()), y().send(bob)];
      expect(await got(hook.tf.concat([p, q]))).toEqual([1, 2, 3, 4, 5, 1, 1, 1, 1, 1]);
      expect(await got(hook.plan((a, b) => a.sub(b)).run(bobAgain(), p, q))).toEqual([
        0, 1, 2, 3, 4,
      ]);
      expect(await p.move(bobAgain())).toBe(p);
      expect(thrown(() => x().send(bob, bobAgain())).message).toMatch(/bob, bob/);
      expect(thrown(() => HookedTensor.combine(p, q)).message).toMatch(/bob, bob/);
      const both = x()
        .send(bob, alice)
        .add(HookedTensor.combine(p, y().send(alice)));
      expect(await gotAll(both)).toEqual([
        [2, 4, 6, 8, 10],
        [2, 3, 4, 5, 6],
      ]);
      const chain = p.send(bobAgain());
      expect(await got(await chain.remoteGet())).toEqual([1, 2, 3, 4, 5]);
    });

    it('P02 search: what was just sent is found, terms are joined by and', async () => {
      const { bob } = given();
      const held = [x(), y()].map((local) => local.tag('#d').send(bob));
      const found = await bob.search('#d');
      const ids = held.map(({ idAtLocation }) => idAtLocation).sort();
      expect(found.map(({ idAtLocation }) => idAtLocation).sort()).toEqual(ids);
      expect(await bob.search('#none', '#d')).toEqual([]);
      expect(await bob.search('#d', '#none')).toEqual([]);
      const [id = ''] = ids;
      found.push(...(await bob.search('#d', id)));
      expect(found).toHaveLength(3);
      for (const part of ['d', '#', id.slice(0, 11), id.slice(11)]) {
        expect(await bob.search(part), part).toEqual([]);
      }
      expect(await codeOf(bob.search(''))).toBe('command-invalid');
      found.push(...(await bob.search()));
      expect(found).toHaveLength(5);
      for (const pointer of [...held, ...found]) pointer.dispose();
      expect(await bob.search()).toEqual([]);
      expect(await bob.search('#d')).toEqual([]);
      expect(await got(x().send(bob))).toEqual([1, 2, 3, 4, 5]);
    });

    it('P06 multi-pointer: one pointer that is not at every worker is refused before anything runs', async () => {
      const { bob, alice, hook } = given();
      const [both, one] = [x().send(bob, alice), y().send(bob)];
      const attempts = [
        () => both.add(one as never),
        () => one.add(both as never),
        () => hook.tf.add(one, both as never),
        () => hook.tf.concat([both as never, one]),
        () => hook.tf.where(both as never, both as never, one),
      ];
      for (const attempt of attempts) {
        const error = thrown(attempt);
        expect(error).toBeInstanceOf(TensorsNotCollocatedError);
        expect(error).toMatchObject({ code: 'tensors-not-collocated' });
        expect(error.message).toMatch(/\balice\b/);
      }
      expect([await count(bob), await count(alice)]).toEqual([2, 1]);
      expect(await gotAll(both)).toHaveLength(2);
      expect(await codeOf(both.get())).toBe('object-not-found');
    });

    it('P10 permissions: no path gives away private values', async () => {
      const { bob, guest } = given();
      const p = tf.tensor1d([41.25, 42.25, 43.25]).tag('#p').send(bob, { private: true });
      await p.ready();
      const seen = await guest.bob.objects();
      expect(inspect([...seen], { depth: 9 })).not.toMatch(/4[123]\.25/);
      expect([...seen.values()]).toEqual([
        { shape: [3], dtype: 'float32', tags: ['#p'], description: '', isPrivate: true },
      ]);
      expect(await guest.bob.search('42.25')).toEqual([]);
      const [found] = (await guest.bob.search('#p')) as [typeof p];
      const { hook } = guest;
      const { value, grads } = hook.valueAndGrads((a) => a.square().sum())([found]);
      const chain = found.send(guest.bob);
      const reads = [
        () => found.get(),
        () => found.get({ keep: true }),
        () => found.sum().get(),
        () => found.copy().get(),
        () => found.add(1).at(0).get(),
        () => hook.tf.topk(found, 1).indices.get(),
        () => hook.tf.addN([found, found]).get(),
        () =>
          hook
            .plan((a) => a.mul(0))
            .run(guest.bob, found)
            .get(),
        () => value.get(),
        () => grads[0].get(),
        () => HookedTensor.combine(found).get({ sumResults: true }),
        () => found.move(hook.localWorker),
        async () => await (await chain.get()).get(),
      ];
      for (const read of reads) {
        const error = await errorOf(read() as Promise<unknown>);
        expect(error).toBeInstanceOf(GetNotPermittedError);
        expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/4[123]\.25|126\.75/);
      }
      expect(thrown(() => (found as never as { item(): void }).item()).message).toMatch(/get\(\)/);
      expect(String(found)).toMatch(printed('me', 'bob'));
      expect(String(found)).not.toMatch(/4[123]\.25/);
      expect(thrown(() => x().send(bob, { allow: 'carol' } as never)).message).toMatch(/list/);
      expect(await got(p)).toEqual([41.25, 42.25, 43.25]);
    });
  });
}
