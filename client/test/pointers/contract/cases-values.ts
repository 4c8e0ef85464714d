import * as tf from '@tensorflow/tfjs';
import type { PointerTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { codeOf, errorOf, type Given, got, gotAll, thrown, x, y } from './world.ts';

/** Cases from users of such systems, about what is computed. */
export function casesOfValues(given: Given): void {
  describe('cases of values', () => {
    it('P07 metadata: shape, rank, size and dtype are known without a round trip', () => {
      const { bob, alice } = given();
      const [p, m] = [x().send(bob), x().send(bob, alice)];
      expect([p.shape, p.rank, p.size, p.dtype]).toEqual([[5], 1, 5, 'int32']);
      expect([m.shape, m.rank, m.size, m.dtype]).toEqual([[5], 1, 5, 'int32']);
      const scalar = p.sum();
      expect([scalar.shape, scalar.rank, scalar.size]).toEqual([[], 0, 1]);
    });

    it('P08 op table: list arguments take any count, and names mean the operation', async () => {
      const { hook, bob, alice } = given();
      const [a, b, c] = [1, 2, 3].map((value) => tf.tensor1d([value]).send(bob)) as [
        PointerTensor,
        PointerTensor,
        PointerTensor,
      ];
      expect(await got(hook.tf.stack([a, b]))).toEqual([[1], [2]]);
      expect(await got(hook.tf.stack([a, b, c]))).toEqual([[1], [2], [3]]);
      const far = tf.tensor1d([4]).send(alice);
      expect(thrown(() => hook.tf.concat([a, b, far])).code).toBe('tensors-not-collocated');
      expect(await got(hook.tf.reshape(x().send(bob), [5, 1]))).toEqual([[1], [2], [3], [4], [5]]);
      const image = tf.ones([2, 2, 3]).send(bob);
      expect(hook.tf.image.resizeBilinear(image as never, [4, 4]).shape).toEqual([4, 4, 3]);
      for (const name of ['layers.add', 'constructor', '__proto__', 'toString']) {
        expect((hook.tf as never as Record<string, unknown>)[name]).toBeUndefined();
      }
    });

    it('P09 multi-output: values, indices, parts and rows are pointers each', async () => {
      const { hook, alice } = given();
      const { values, indices } = hook.tf.topk(tf.tensor1d([5, 1, 9], 'int32').send(alice), 2);
      expect([values.dtype, indices.dtype]).toEqual(['int32', 'int32']);
      expect([await got(values), await got(indices)]).toEqual([
        [9, 5],
        [2, 0],
      ]);
      const halves = hook.tf.split(tf.tensor1d([1, 2, 3, 4]).send(alice), 2);
      expect(await Promise.all(halves.map(got))).toEqual([
        [1, 2],
        [3, 4],
      ]);
      const rows = hook.tf.unstack(
        tf
          .tensor2d([
            [1, 2],
            [3, 4],
          ])
          .send(alice),
      );
      expect(await Promise.all(rows.map(got))).toEqual([
        [1, 2],
        [3, 4],
      ]);
    });

    it('P13 zero size: what has no elements computes as tfjs does here', async () => {
      const { hook, alice } = given();
      expect(await got(tf.tensor1d([]).send(alice).sum())).toBe(0);
      const means = await got(tf.zeros([4, 0]).send(alice).mean(1));
      expect(means).toEqual(tf.zeros([4, 0]).mean(1).arraySync());
      const [z20, z02] = [tf.zeros([2, 0]).send(alice), tf.zeros([0, 2]).send(alice)];
      expect(await got(z20.matMul(z02))).toEqual([
        [0, 0],
        [0, 0],
      ]);
      const [ones11, ones01] = [tf.ones([1, 1]).send(alice), tf.ones([0, 1]).send(alice)];
      expect(await got(hook.tf.concat([ones11, ones01]))).toEqual([[1]]);
      const scalar = tf.scalar(3).send(alice);
      expect([scalar.shape, await got(scalar)]).toEqual([[], 3]);
    });

    it('P14 robustness: arguments that trap kernels are refused, and the next batch works', async () => {
      const { alice } = given();
      const p = x().send(alice);
      expect(thrown(() => p.tile([-1])).code).toBe('argument-invalid');
      expect(thrown(() => p.pad([[-1, 0]])).code).toBe('argument-invalid');
      expect(await got(p.add(1))).toEqual([2, 3, 4, 5, 6]);
      const zeros = tf.zeros([5], 'int32').send(alice);
      const here = x()
        .mod(tf.zeros([5], 'int32'))
        .arraySync();
      expect(await got(p.mod(zeros))).toEqual(here);
      expect(await got(p.add(1))).toEqual([2, 3, 4, 5, 6]);
    });

    it('P15 dtype: integer division is of integers, and numbers are float32', async () => {
      const { bob } = given();
      const i = tf.tensor1d([-5, -4, 3, 2], 'int32').send(bob);
      const j = tf.tensor1d([3, 2, 2, 2], 'int32').send(bob);
      const quotient = i.div(j);
      const [half, more] = [i.div(2), i.add(1)];
      expect([quotient.dtype, half.dtype, more.dtype]).toEqual(['int32', 'float32', 'float32']);
      const back = await quotient.get();
      expect([back.dtype, back.arraySync()]).toEqual(['int32', [-2, -2, 1, 1]]);
      expect(await got(half)).toEqual([-2.5, -2, 1.5, 1]);
      expect(await got(i.div(i.sub(i)))).toEqual([0, 0, 0, 0]);
    });

    it('P17 wire numbers: NaN, infinities and -0 arrive', async () => {
      const { bob } = given();
      const p = tf.tensor1d([1, 2, 3, 4, 5]).send(bob);
      expect(await got(p.clipByValue(Number.NEGATIVE_INFINITY, 3))).toEqual([1, 2, 3, 3, 3]);
      expect(await got(p.mul(Number.NaN))).toEqual(Array(5).fill(Number.NaN));
      expect(await got(p.div(-0))).toEqual(Array(5).fill(Number.NEGATIVE_INFINITY));
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0];
      expect(await got(tf.tensor1d(odd).send(bob))).toEqual(odd);
      expect(await got(p.mul([-0, Number.NaN, 1, 1, 1]))).toEqual([-0, Number.NaN, 3, 4, 5]);
      const plan = given().hook.plan((a) => a.mul(-0).add(Number.POSITIVE_INFINITY));
      expect(await got(plan.run(bob, p))).toEqual(Array(5).fill(Number.POSITIVE_INFINITY));
    });

    it('P18 pipelining: a failed step reaches what depends on it, and nothing else', async () => {
      const { bob } = given();
      const p = x().send(bob);
      const bad = p.gather(tf.tensor1d([9], 'int32').send(bob));
      const [b, c] = [bad.add(1), p.add(1)];
      const error = await errorOf(b.get());
      expect([error.code, (error as { command?: { op?: string } }).command?.op]).toEqual([
        'values-invalid',
        'gather',
      ]);
      expect(await got(c)).toEqual([2, 3, 4, 5, 6]);
    });

    it('P12 plans: outside tensors are constants of the plan, draws differ from run to run', async () => {
      const { hook, bob } = given();
      const w = tf.tensor1d([2]);
      const f = hook.plan((a) => a.mul(w));
      const digest = await f.digest();
      w.dispose();
      const p = tf.tensor1d([1, 2]).send(bob);
      expect(await got(f.run(bob, p))).toEqual([2, 4]);
      const other = hook.plan((a) => a.mul(tf.tensor1d([3])));
      expect(await other.digest()).not.toBe(digest);
      const noisy = hook.plan((a) => a.add(hook.tf.randomNormal([5])));
      const zeros = tf.zeros([5]).send(bob);
      const [first, second] = [noisy.run(bob, zeros), noisy.run(bob, zeros)];
      const draws = [await got(first), await got(second)];
      expect(draws[0]).not.toEqual(draws[1]);
    });

    it('P12 plans, the kind behind it: seeds given are kept, gradients draw as values do', async () => {
      const { hook, bob } = given();
      const seeded = hook.plan((a) => a.add(hook.tf.randomNormal([5], 0, 1, 'float32', 7)));
      const zeros = tf.zeros([5]).send(bob);
      expect(await got(seeded.run(bob, zeros))).toEqual(await got(seeded.run(bob, zeros)));
      const { value, grads } = hook.valueAndGrads((a) =>
        a.mul(hook.tf.randomUniform([5], 1, 2)).sum(),
      )([tf.ones([5]).send(bob)]);
      const gradient = (await got(grads[0])) as number[];
      const sum = gradient.reduce((total, item) => total + item, 0);
      expect(await got(value)).toBeCloseTo(sum, 4);
    });

    it('P06 multi-pointer: one pointer that is not at every worker is refused before anything runs', async () => {
      const { bob, alice } = given();
      const [both, one] = [x().send(bob, alice), y().send(bob)];
      const error = thrown(() => both.add(one as never));
      expect(error.code).toBe('tensors-not-collocated');
      expect(error.message).toMatch(/alice/);
      expect(thrown(() => given().hook.tf.add(one, both as never)).message).toMatch(/alice/);
      expect(await gotAll(both)).toHaveLength(2);
      expect(await codeOf(both.get())).toBe('object-not-found');
    });
  });
}
