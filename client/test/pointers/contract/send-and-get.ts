import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { codeOf, count, type Given, got, printed, thrown, valuesOf, x } from './world.ts';

/** Sending, and what pointers are: sections 1.1 and 1.2 of the reference. */
export function sendAndGet(given: Given): void {
  describe('sending and getting', () => {
    it('leaves the local tensor usable and stores a copy at the worker', async () => {
      const { bob } = given();
      const local = x();
      const pointer = local.send(bob);
      expect(await count(bob)).toBe(1);
      expect(valuesOf(local)).toEqual([1, 2, 3, 4, 5]);
      expect(await got(pointer)).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(0);
    });

    it('tells where the object is, which, and who points to it', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      expect(pointer.location).toBe(bob);
      expect(pointer.owner).toBe(hook.localWorker);
      expect(pointer.idAtLocation).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(pointer.id).not.toBe(pointer.idAtLocation);
      expect([...(await bob.objects()).keys()]).toEqual([pointer.idAtLocation]);
    });

    it('keeps two sends of one tensor apart, so that neither overwrites the other', async () => {
      const { bob } = given();
      const local = x();
      const [first, second] = [local.send(bob), local.send(bob)];
      expect(first.idAtLocation).not.toBe(second.idAtLocation);
      expect(await count(bob)).toBe(2);
      await first.get();
      expect(await got(second)).toEqual([1, 2, 3, 4, 5]);
    });

    it.each([
      ['float32', tf.tensor([1.5, Number.NaN, -0, Number.POSITIVE_INFINITY], [2, 2])],
      ['int32', tf.tensor([[-(2 ** 31), 2 ** 31 - 1]], undefined, 'int32')],
      ['bool', tf.tensor1d([true, false, true])],
      ['a scalar', tf.scalar(3)],
      ['no elements', tf.zeros([2, 0, 3])],
      ['complex64', tf.complex([1, 2], [3, -0])],
      ['rank 6', tf.ones([1, 2, 1, 2, 1, 2])],
    ])('brings %s back bit by bit', async (_what, local) => {
      const back = await local.send(given().bob).get();
      expect([back.dtype, back.shape]).toEqual([local.dtype, local.shape]);
      expect(back.dataSync()).toEqual(local.dataSync());
    });

    it('refuses strings, which workers do not hold', () => {
      const { bob } = given();
      expect(thrown(() => tf.tensor(['a']).send(bob)).message).toMatch(/numbers and not strings/);
    });

    it('gets once: the second time says that the object was fetched', async () => {
      const pointer = x().send(given().bob);
      await pointer.get();
      await expect(pointer.get()).rejects.toThrow(/already fetched.*keep: true/);
      expect(await codeOf(pointer.get())).toBe('object-not-found');
      expect(await codeOf(pointer.ready())).toBe('object-not-found');
      expect(thrown(() => pointer.add(1)).code).toBe('object-not-found');
    });

    it('leaves the object where it is when it is to be kept', async () => {
      const { bob } = given();
      const pointer = x().send(bob);
      expect(valuesOf(await pointer.get({ keep: true }))).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(1);
      expect(await got(pointer)).toEqual([1, 2, 3, 4, 5]);
    });

    it('gives the value to both of two gets at once', async () => {
      const pointer = x().send(given().bob);
      const both = await Promise.all([pointer.get(), pointer.get()]);
      expect(both.map(valuesOf)).toEqual([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ]);
    });

    it('copies an object to a second one at the same worker', async () => {
      const { bob } = given();
      const pointer = x().send(bob);
      const copy = pointer.copy();
      expect(copy.idAtLocation).not.toBe(pointer.idAtLocation);
      expect([await got(pointer), await got(copy)]).toEqual([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ]);
    });

    it('prints tags, shape and the first line of the description', async () => {
      const { bob } = given();
      const pointer = x().tag('#a', '#b').describe('five numbers\nin a row').send(bob);
      const lines = String(pointer).split('\n');
      expect(lines[0]).toMatch(printed('me', 'bob'));
      expect(lines.slice(1)).toEqual([
        '\tTags: #a #b ',
        '\tShape: [5]',
        '\tDescription: five numbers...',
      ]);
    });

    it('takes part of a tensor, and walks through its rows', async () => {
      const { bob } = given();
      const matrix = tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      const pointer = matrix.send(bob);
      expect(await got(pointer.at(1))).toEqual([4, 5, 6]);
      expect(await got(pointer.at(-1, 0))).toBe(4);
      expect(await got(pointer.at(null, { start: 1, end: 3 }))).toEqual([
        [2, 3],
        [5, 6],
      ]);
      const rows = await Promise.all([...pointer].map(got));
      expect(rows).toEqual([
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(await got(pointer.at(-1, { start: -2 }))).toEqual([5, 6]);
      expect(await got(pointer.at({ start: 1, end: 0 }))).toEqual([]);
    });

    it('takes all of a scalar, which has no rows', async () => {
      const { bob } = given();
      const scalar = tf.scalar(3).send(bob);
      expect(await got(scalar.at())).toBe(3);
      expect(thrown(() => [...scalar]).message).toMatch(/is not iterable/);
      expect([...tf.zeros([0, 2]).send(bob)]).toEqual([]);
    });

    it('says which index is not within its dimension, and what would be', () => {
      const pointer = tf.zeros([2, 0]).send(given().bob);
      const messages: [() => unknown, RegExp][] = [
        [() => pointer.at(2), /Index 2 of dimension 0.* from -2 to 1/],
        [() => pointer.at(-3), /Index -3 of dimension 0.* from -2 to 1/],
        [() => pointer.at({ start: 0, end: 3 }), /Index 3 of dimension 0.* from -2 to 2/],
        [() => pointer.at(0.5), /Index 0\.5/],
        [() => pointer.at(0, 0), /Index 0 of dimension 1.* no elements/],
        [() => pointer.at(0, 0, 0), /3 indices.* 2 dimensions; leave out 1/],
        [() => pointer.at(pointer as never), /got a tensor for dimension 0.*gather\(\)/],
      ];
      for (const [call, message] of messages) expect(thrown(call).message).toMatch(message);
    });

    it('takes no list as an index, which could be a range or elements', async () => {
      const pointer = tf.tensor2d([[1, 2, 3]]).send(given().bob);
      for (const list of [[0, 2], [2], [0, 1, 2], [], Int32Array.of(0, 2), [true, false, true]]) {
        const error = thrown(() => pointer.at(null, list as never));
        expect(error.message).toMatch(/^at\(\) got the list \[.*\] for dimension 1, expected an/);
        expect(error.message).toMatch(/For these elements write gather\(\[.*\], 1\)/);
      }
      const { message } = thrown(() => pointer.at(null, [0, 2] as never));
      expect(message).toMatch(
        /gather\(\[0, 2\], 1\). For a range write at\({ start: 0, end: 2 }\)/,
      );
      expect(await got(pointer.gather([0, 2], 1))).toEqual([[1, 3]]);
      expect(await got(pointer.at(null, { start: 0, end: 2 }))).toEqual([[1, 2]]);
      expect(await got(pointer.at(null, { start: 1 }))).toEqual([[2, 3]]);
      expect(await got(pointer.at(null, { end: -1 }))).toEqual([[1, 2]]);
      const typo = thrown(() => pointer.at(null, { begin: 1 } as never));
      expect(typo.message).toMatch(
        /got an object with "begin" for dimension 1, expected an integer, { start, end }/,
      );
    });

    it('says whether the worker still has the object', async () => {
      const { bob } = given();
      const pointer = x().send(bob);
      expect(await pointer.exists()).toBe(true);
      await bob.clearObjects();
      expect(await pointer.exists()).toBe(false);
      const failed = x()
        .send(bob)
        .gather(tf.tensor1d([9], 'int32').send(bob));
      expect(await failed.exists()).toBe(false);
    });
  });
}
