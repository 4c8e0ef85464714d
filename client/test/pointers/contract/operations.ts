import * as tf from '@tensorflow/tfjs';
import { TensorsNotCollocatedError } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { count, errorOf, type Given, got, thrown, x, y } from './world.ts';

/** Operations on pointers: section 1.4 of the reference. */
export function operations(given: Given): void {
  describe('operations', () => {
    it('run at the worker and give pointers to new objects there', async () => {
      const { bob, hook } = given();
      const [a, b] = [x().send(bob), y().send(bob)];
      const sum = a.add(b);
      expect([sum.location, sum.owner]).toEqual([bob, hook.localWorker]);
      expect(await count(bob)).toBe(3);
      expect(await got(sum)).toEqual([2, 3, 4, 5, 6]);
      expect(await count(bob)).toBe(2);
    });

    it('know shape and dtype of their results at once', () => {
      const a = tf.zeros([2, 3]).send(given().bob);
      const product = a.matMul(a, false, true).argMax(1);
      expect([product.shape, product.dtype, product.rank, product.size]).toEqual([
        [2],
        'int32',
        1,
        2,
      ]);
    });

    it('find out a shape that depends on values when it is asked for', async () => {
      const { bob, hook } = given();
      const where = hook.tf.whereAsync(tf.tensor1d([1, 0, 1], 'bool').send(bob));
      expect([where.shape, where.dtype]).toEqual([null, 'int32']);
      expect(thrown(() => where.at(0)).message).toMatch(/await ready\(\)/);
      await where.ready();
      expect(where.shape).toEqual([2, 1]);
      const { values } = hook.tf.unique(tf.tensor1d([7, 7]).send(bob));
      await values.get({ keep: true });
      expect(values.shape).toEqual([1]);
      expect(await got(where.at(1))).toEqual([2]);
    });

    it('take numbers, nested numbers and truth values as they are', async () => {
      const a = x().send(given().bob);
      expect(await got(a.mul(2))).toEqual([2, 4, 6, 8, 10]);
      expect(await got(a.add([10, 20, 30, 40, 50]))).toEqual([11, 22, 33, 44, 55]);
      const mask = tf.tensor1d([1, 0, 1, 0, 1], 'bool').send(given().bob);
      expect(await got(mask.logicalOr(true))).toEqual([1, 1, 1, 1, 1]);
    });

    it('take arrays of float32 as lists of numbers, and no others', async () => {
      const a = tf.ones([2, 2], 'int32').send(given().bob);
      const sum = a.add([new Float32Array([1, 2]), new Float32Array([3, 4])]);
      expect(sum.dtype).toBe('float32');
      expect(await got(sum)).toEqual([
        [2, 3],
        [4, 5],
      ]);
      const { hook, bob } = given();
      const ran = hook.plan((b) => b.add(new Float32Array([1, 2]))).run(bob, a);
      expect(await got(ran.sum())).toBe(10);
      expect(thrown(() => a.add(new Int32Array([1, 2]))).code).toBe('argument-invalid');
    });

    it('refuse pointers in lists of lists, which tfjs would take for numbers', () => {
      const { hook, bob, alice } = given();
      const [a, both] = [x().send(bob), x().send(bob, alice)];
      const stack = hook.tf.stack as (tensors: unknown) => unknown;
      for (const nested of [[[a, a]], [a, [a]], [[both]], [[[a]], 1]]) {
        expect(thrown(() => stack(nested)).message).toMatch(/lists of lists.*stack\(\)/);
      }
      const nesting = hook.plan((b) => stack([[b]]) as never);
      expect(thrown(() => nesting.run(bob, a)).message).toMatch(/lists of/);
    });

    it('take lists with pointers and numbers in them', async () => {
      const { hook, bob } = given();
      const a = tf.tensor1d([1, 2]).send(bob);
      expect(await got(hook.tf.concat([a, [3, 4], a]))).toEqual([1, 2, 3, 4, 1, 2]);
      expect(await got(hook.tf.stack([a, [3, 4]]))).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(await got(a.concat([[5], a]))).toEqual([1, 2, 5, 1, 2]);
    });

    it('let optional arguments out in the middle', async () => {
      const a = tf.tensor2d([[1, 2]]).send(given().bob);
      const sum = a.sum(undefined, true);
      expect(sum.shape).toEqual([1, 1]);
      expect(await got(sum)).toEqual([[3]]);
      const { values } = given().hook.tf.topk(a, undefined, true);
      expect(await got(values)).toEqual([[2]]);
    });

    it('give several results in the form that tfjs gives them', async () => {
      const { hook, bob } = given();
      const a = tf.tensor1d([4, 3, 2, 1]).send(bob);
      const [left, right] = a.split(2);
      expect([await got(left as never), await got(right as never)]).toEqual([
        [4, 3],
        [2, 1],
      ]);
      const { mean, variance } = hook.tf.moments(a);
      expect([await got(mean), await got(variance)]).toEqual([2.5, 1.25]);
    });

    it('are the same under hook.tf, groups included', async () => {
      const { hook, bob } = given();
      const image = tf.ones([2, 2, 1]).send(bob);
      expect(await got(hook.tf.mean(hook.tf.image.resizeBilinear(image, [4, 4])))).toBe(1);
      expect(
        await got(hook.tf.losses.meanSquaredError([1, 2], tf.tensor1d([1, 4]).send(bob))),
      ).toBe(2);
    });

    it('compute on local tensors here when no pointer is among the arguments', () => {
      const { hook } = given();
      expect(hook.tf.add(x(), y()).arraySync()).toEqual([2, 3, 4, 5, 6]);
      expect(hook.tf.range(0, 3).arraySync()).toEqual([0, 1, 2]);
    });

    it('refuse arguments at different workers, in every place and both forms', async () => {
      const { hook, bob, alice } = given();
      const [a, b, other] = [x().send(bob), y().send(bob), y().send(alice)];
      const calls = [
        () => a.add(other),
        () => hook.tf.add(other, a),
        () => hook.tf.concat([a, b, other]),
        () => a.batchNorm(b, other),
        () => hook.tf.where(tf.ones([5], 'bool').send(bob), a, other),
      ];
      for (const call of calls) {
        const error = thrown(call);
        expect(error).toBeInstanceOf(TensorsNotCollocatedError);
        expect(error.code).toBe('tensors-not-collocated');
        expect(error.message).toMatch(/bob/);
        expect(error.message).toMatch(/alice/);
        expect(error.message).toMatch(/move\(/);
      }
    });

    it('refuse a local tensor, in every place and both forms', () => {
      const { hook, bob } = given();
      const a = x().send(bob);
      const calls = [
        () => a.add(y() as never),
        () => hook.tf.add(y() as never, a),
        () => hook.tf.concat([a, a, y() as never]),
        () => a.clone().add(tf.variable(y()) as never),
      ];
      for (const call of calls) expect(thrown(call).message).toMatch(/send\(bob\) the local one/);
    });

    it('refuse what tfjs would refuse before anything travels', async () => {
      const { bob } = given();
      const a = tf.zeros([2, 3]).send(bob);
      expect(thrown(() => a.matMul(a)).message).toMatch(/^Operation matMul/);
      expect(thrown(() => a.reshape([7])).code).toBe('argument-invalid');
      expect(thrown(() => a.sum('x' as never)).code).toBe('argument-invalid');
      expect(thrown(() => (a.abs as (...args: unknown[]) => unknown)(1)).message).toMatch(
        /abs got 1 argument in addition to its tensor, expected none$/,
      );
    });

    it('name the operation, not a kernel, when values are refused', async () => {
      const { bob } = given();
      const a = x().send(bob);
      const error = await errorOf(a.gather(tf.tensor1d([9], 'int32').send(bob)).get());
      expect(error.code).toBe('values-invalid');
      expect(error.message).toMatch(/gather/);
      expect(error.message).not.toMatch(/GatherV2/);
    });

    it('throw advice where JavaScript or tfjs would calculate with a pointer', () => {
      const a = x().send(given().bob) as never as number;
      expect(thrown(() => a * 2).message).toMatch(/a\.mul\(2\)/);
      expect(thrown(() => a > 3).message).toMatch(/a\.greater\(3\)/);
      expect(thrown(() => a + a).message).toMatch(/a\.add\(b\)/);
      expect(thrown(() => tf.add(a as never, a as never)).message).toMatch(/hook\.tf/);
      const many = x().send(given().bob, given().alice) as never;
      expect(thrown(() => tf.add(many, 1)).message).toMatch(/hook\.tf/);
    });

    it('give no value unasked', () => {
      const a = x().send(given().bob) as never as Record<string, () => unknown>;
      const methods = ['array', 'arraySync', 'buffer', 'data', 'dataSync', 'item', 'print'];
      for (const method of methods) {
        expect(thrown(() => (a[method] as () => unknown)()).message).toMatch(/await get\(\)/);
      }
    });
  });
}
