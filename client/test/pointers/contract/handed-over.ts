import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { errorOf, type Given, type Guest, got, thrown, valuesOf, x } from './world.ts';

/** A value whose types forbid what a program in JavaScript does to it. */
const loose = (value: unknown) => value as Record<string, unknown> & unknown[];

/** What a program hands over counts as it was at the call; what it is given can't be changed. */
export function handedOver(given: Given): void {
  describe('what is handed over', () => {
    async function found({ bob }: Guest, tag: string) {
      const [pointer] = await bob.search(tag);
      if (pointer === undefined) throw new Error(`Nothing has ${tag}`);
      return pointer;
    }

    it.each([
      ['another list of users', (options: { allow: string[] }) => (options.allow = ['guest'])],
      ['another user in the list', ({ allow }: { allow: string[] }) => allow.fill('guest')],
      ['one more user', ({ allow }: { allow: string[] }) => allow.push('guest')],
    ])('lets nobody in by %s after the call', async (_, change) => {
      const { bob, guest } = given();
      const options = { allow: ['carol'] };
      const pointer = x().tag('#x').send(bob, options);
      change(options);
      await pointer.ready();
      const error = await errorOf((await found(guest, '#x')).get());
      expect(error.code).toBe('get-not-permitted');
    });

    it('shuts nobody out either, and keeps what is private private', async () => {
      const { bob, guest } = given();
      const options: Record<string, unknown> = { allow: ['guest'] };
      const open = x().tag('#open').send(bob, options);
      (options['allow'] as string[]).length = 0;
      const shut: Record<string, unknown> = { private: true };
      const closed = x().tag('#closed').send(bob, shut);
      shut['private'] = false;
      await Promise.all([open.ready(), closed.ready()]);
      expect(await got(await found(guest, '#open'))).toEqual([1, 2, 3, 4, 5]);
      const error = await errorOf((await found(guest, '#closed')).get());
      expect(error.code).toBe('get-not-permitted');
    });

    it('holds for lists of users that are sent with pointers, and to several workers', async () => {
      const { bob, alice, guest } = given();
      const allow = ['carol'];
      const chain = x().tag('#chain').send(alice).send(bob, { allow });
      const multi = x().tag('#multi').send(bob, alice, { allow });
      allow[0] = 'guest';
      await Promise.all([chain.ready(), multi.ready()]);
      for (const tag of ['#chain', '#multi']) {
        const error = await errorOf((await found(guest, tag)).get());
        expect(error.code).toBe('get-not-permitted');
      }
    });

    it('is a shape as it was: the tensor’s own changes nothing', async () => {
      const { bob } = given();
      const local = tf.tensor2d([[1, 2, 3]]);
      const pointer = local.send(bob);
      loose(local.shape).reverse();
      expect(pointer.shape).toEqual([1, 3]);
      expect(await got(pointer)).toEqual([[1, 2, 3]]);
    });

    it('is a list of sizes, axes, indices or numbers as it was', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      const size: [number, number] = [5, 1];
      const reps = [2];
      const indices = [0, 4];
      const floats = new Float32Array([1, 1, 1, 1, 1]);
      const addends = [pointer, pointer];
      const results = [
        pointer.reshape(size),
        pointer.tile(reps),
        pointer.gather(indices),
        pointer.add(floats as never),
        hook.tf.addN(addends),
      ];
      size.reverse();
      reps[0] = 3;
      indices.fill(1);
      floats.fill(9);
      addends.length = 1;
      expect(results.map(({ shape }) => shape)).toEqual([[5, 1], [10], [2], [5], [5]]);
      const values = await Promise.all(results.map(async (result) => valuesOf(await result.get())));
      expect(values).toEqual([
        [[1], [2], [3], [4], [5]],
        [1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
        [1, 5],
        [2, 3, 4, 5, 6],
        [2, 4, 6, 8, 10],
      ]);
    });

    it('is a plan’s argument list, and a constant, as they were', async () => {
      const { bob, hook } = given();
      const array = new Int32Array([1, 1, 1, 1, 1]);
      const constant = tf.tensor1d(array, 'int32');
      const form = { shape: [5], dtype: 'int32' as const };
      const plan = hook.plan((a) => a.add(constant), { inputs: [form] });
      array.fill(7);
      form.shape.push(2);
      expect(await got(plan.run(bob, x().send(bob)) as never)).toEqual([2, 3, 4, 5, 6]);
      const args = [x().cast('float32').send(bob)] as const;
      const list = [...args];
      const { grads } = hook.valueAndGrads((a) => a.square().sum())(list);
      list.length = 0;
      expect(await got(grads[0] as never)).toEqual([2, 4, 6, 8, 10]);
    });
  });

  describe('what is given out', () => {
    it('is a shape that nobody can change', async () => {
      const { bob, hook } = given();
      const local = tf.tensor2d([[3, 1, 2]]);
      const pointer = local.send(bob);
      const made = [pointer, pointer.add(1), pointer.transpose(), pointer.reshape([3])];
      const multi = local.send(bob, given().alice);
      for (const { shape } of [...made, multi]) {
        const before = [...(shape ?? [])];
        expect(() => loose(shape).push(1)).toThrow(TypeError);
        expect(() => loose(shape).fill(9)).toThrow(TypeError);
        expect(shape).toEqual(before);
      }
      hook.plan(
        (a) => {
          expect(() => loose(a.shape).sort()).toThrow(TypeError);
          return a;
        },
        { inputs: [{ shape: [2, 1], dtype: 'float32' }] },
      );
      await pointer.ready();
      expect(() => loose(pointer.shape).sort()).toThrow(TypeError);
      expect(await got(pointer)).toEqual([[3, 1, 2]]);
      expect(local.shape).toEqual([1, 3]);
    });

    it('are labels that nobody can change', async () => {
      const { bob } = given();
      const pointer = x().tag('#a').send(bob);
      await pointer.ready();
      const [other] = await bob.search('#a');
      for (const each of [pointer, other, pointer.tag('#b')]) {
        expect(() => loose(each?.tags).push('#z')).toThrow(TypeError);
      }
      expect(await bob.search('#z')).toEqual([]);
      expect(pointer.tags).toEqual(['#a', '#b']);
    });

    it('is a listing that changes nothing at the worker', async () => {
      const { bob } = given();
      const pointer = tf
        .tensor2d([[1, 2]])
        .tag('#a')
        .send(bob, { private: true });
      const [summary] = [...(await bob.objects()).values()];
      loose(summary?.shape).reverse();
      loose(summary?.tags).pop();
      loose(summary)['isPrivate' as never] = false as never;
      const [again] = [...(await bob.objects()).values()];
      expect(again).toMatchObject({ shape: [1, 2], tags: ['#a'], isPrivate: true });
      expect(await got(pointer)).toEqual([[1, 2]]);
    });

    it('are pointers that stay where they point', () => {
      const { bob, alice, hook } = given();
      const pointer = loose(x().send(bob));
      const multi = x().send(bob, alice);
      for (const name of ['location', 'object', 'target', 'hook', 'id', 'shape', 'idAtLocation']) {
        expect(() => (pointer[name as never] = alice as never)).toThrow(TypeError);
      }
      const inner = loose(loose(multi.child)['child' as never]);
      expect(() => (inner['bob' as never] = pointer as never)).toThrow(TypeError);
      expect(() => loose(multi.parts).pop()).toThrow(TypeError);
      expect(thrown(() => (loose(hook)['user' as never] = 'guest' as never))).toBeInstanceOf(
        TypeError,
      );
    });
  });
}
