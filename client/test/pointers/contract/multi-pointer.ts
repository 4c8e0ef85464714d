import * as tf from '@tensorflow/tfjs';
import { HookedTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { count, type Given, got, gotAll, printed, thrown, valuesOf, x, y } from './world.ts';

/** Pointers to several workers: section 1.5 of the reference. */
export function multiPointer(given: Given): void {
  describe('a multi-pointer', () => {
    it('holds its pointers by worker id and prints each', () => {
      const { bob, alice } = given();
      const both = x().send(bob, alice);
      expect(Object.keys(both.child.child)).toEqual(['bob', 'alice']);
      expect(both.child.child['bob']?.location).toBe(bob);
      const [head, first, second] = String(both).split('\n\t-> ');
      expect(head).toBe('(Wrapper)>[MultiPointerTensor]');
      expect([first, second]).toEqual([
        expect.stringMatching(printed('me', 'bob')),
        expect.stringMatching(printed('me', 'alice')),
      ]);
    });

    it('brings a list in sending order, or the sum', async () => {
      const { bob, alice } = given();
      const sent = HookedTensor.combine(x().send(alice), y().send(bob));
      expect(await gotAll(sent)).toEqual([
        [1, 2, 3, 4, 5],
        [1, 1, 1, 1, 1],
      ]);
      const sum = await x().send(bob, alice).get({ sumResults: true });
      expect([sum.dtype, sum.arraySync()]).toEqual(['int32', [2, 4, 6, 8, 10]]);
      expect([await count(bob), await count(alice)]).toEqual([0, 0]);
    });

    it('counts truth values in a sum', async () => {
      const { bob, alice } = given();
      const sum = await tf.tensor1d([true, false]).send(bob, alice).get({ sumResults: true });
      expect([sum.dtype, sum.arraySync()]).toEqual(['int32', [2, 0]]);
    });

    it('is one pointer for a list of one worker, whose sum is its tensor', async () => {
      const { bob } = given();
      const workers = [bob];
      const sum = await x()
        .send(...workers)
        .get({ sumResults: true });
      expect([(sum as tf.Tensor).dtype, valuesOf(sum as tf.Tensor)]).toEqual([
        'int32',
        [1, 2, 3, 4, 5],
      ]);
      const kept = tf.tensor1d([true, false]).send(...workers);
      const counts = await kept.get({ sumResults: true, keep: true });
      expect([(counts as tf.Tensor).dtype, valuesOf(counts as tf.Tensor)]).toEqual([
        'int32',
        [1, 0],
      ]);
      expect(await count(bob)).toBe(1);
    });

    it('loses nothing when its tensors have no sum', async () => {
      const { bob, alice, carol } = given();
      const misfits = HookedTensor.combine(tf.ones([2]).send(bob), tf.ones([3]).send(alice));
      const before = tf.memory().numTensors;
      await expect(misfits.get({ sumResults: true })).rejects.toThrow();
      expect(tf.memory().numTensors).toBe(before);
      expect(await gotAll(misfits)).toEqual([
        [1, 1],
        [1, 1, 1],
      ]);
      const chains = x().send(bob).send(alice, carol);
      const sum = await chains.get({ sumResults: true });
      expect(await got(sum)).toEqual([2, 4, 6, 8, 10]);
    });

    it('is combined of pointers alone', () => {
      const { combine } = HookedTensor as unknown as { combine(...args: unknown[]): unknown };
      expect(thrown(() => combine()).message).toMatch(/at least one/);
      expect(thrown(() => combine(x())).message).toMatch(/send\(\) local tensors/);
    });

    it('keeps the objects when they are to be kept', async () => {
      const { bob, alice } = given();
      const both = x().send(bob, alice);
      await both.get({ keep: true, sumResults: true });
      expect([await count(bob), await count(alice)]).toEqual([1, 1]);
      await gotAll(both);
    });

    it('loses nothing at one worker when another no longer has its object', async () => {
      const { bob, alice } = given();
      const both = x().send(bob, alice);
      await both.ready();
      await alice.clearObjects();
      await expect(both.get()).rejects.toThrow(/no longer at alice/);
      expect(await got(both.child.child['bob'] as never)).toEqual([1, 2, 3, 4, 5]);
    });

    it('runs an operation at every worker, matching others by worker', async () => {
      const { bob, alice } = given();
      const both = x().send(bob, alice);
      const other = HookedTensor.combine(tf.scalar(10, 'int32').send(alice), y().send(bob));
      expect(await gotAll(both.add(other))).toEqual([
        [2, 3, 4, 5, 6],
        [11, 12, 13, 14, 15],
      ]);
      expect(await gotAll(both.mul(2))).toEqual([
        [2, 4, 6, 8, 10],
        [2, 4, 6, 8, 10],
      ]);
      const [, tail] = both.split([1, 4]);
      expect(await gotAll(tail as never)).toEqual([
        [2, 3, 4, 5],
        [2, 3, 4, 5],
      ]);
      const { values } = given().hook.tf.topk(both, 1);
      expect(await gotAll(values)).toEqual([[5], [5]]);
    });

    it('has the shape and dtype that all have', () => {
      const { bob, alice } = given();
      const mixed = HookedTensor.combine(x().send(bob), tf.zeros([2]).send(alice));
      expect([mixed.shape, mixed.dtype]).toEqual([null, null]);
      expect(x().send(bob, alice).shape).toEqual([5]);
    });

    it('refuses another multi-pointer that lacks one of its workers', () => {
      const { bob, alice, carol } = given();
      const error = thrown(() => x().send(bob, alice).add(y().send(bob, carol)));
      expect(error.code).toBe('tensors-not-collocated');
      expect(error.message).toMatch(/carol/);
    });

    it('refuses one worker twice, before anything is sent', async () => {
      const { bob } = given();
      expect(thrown(() => x().send(bob, bob)).message).toMatch(/expected each once/);
      expect(await count(bob)).toBe(0);
    });

    it('queues nothing anywhere when an operation fits at one worker alone', async () => {
      const { bob, alice } = given();
      const mixed = HookedTensor.combine(tf.zeros([2, 2]).send(bob), tf.zeros([3]).send(alice));
      expect(thrown(() => mixed.transpose([1, 0])).code).toBe('argument-invalid');
      expect([await count(bob), await count(alice)]).toEqual([1, 1]);
    });

    it('refuses an operation that gives another count of tensors at each worker', async () => {
      const { bob, alice } = given();
      const rows = HookedTensor.combine(tf.ones([2, 1]).send(bob), tf.ones([3, 1]).send(alice));
      const message = /unstack gives 2, 3 tensors at bob, alice/;
      expect(thrown(() => rows.unstack()).message).toMatch(message);
      expect([await count(bob), await count(alice)]).toEqual([1, 1]);
    });

    it('labels, walks through rows, and is given up as a whole', async () => {
      const { bob, alice } = given();
      const both = tf
        .tensor2d([[1], [2]])
        .send(bob, alice)
        .tag('#both')
        .describe('of two');
      const rows = await Promise.all([...both].map(gotAll));
      expect(rows).toEqual([
        [[1], [1]],
        [[2], [2]],
      ]);
      const [found] = await alice.search('#both', 'two');
      both.dispose();
      found?.dispose();
      expect([await count(bob), await count(alice)]).toEqual([0, 0]);
    });
  });
}
