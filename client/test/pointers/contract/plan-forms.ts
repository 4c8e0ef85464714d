import * as tf from '@tensorflow/tfjs';
import type { Plan, PointerTensor, TensorHook } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { errorOf, type Given, got, thrown, x } from './world.ts';

/** A plan's function that reads a form, and what it is for tensors of two forms. */
interface FormCase {
  readonly name: string;
  readonly body: (hook: TensorHook) => (a: PointerTensor) => PointerTensor;
  readonly first: () => tf.Tensor;
  readonly second: () => tf.Tensor;
  readonly values: readonly [unknown, unknown];
}

const ones = (rows: number) => () => tf.ones([rows, 2]);

const CASES: readonly FormCase[] = [
  {
    name: 'shape',
    body: () => (a) => a.sum().div(a.shape?.[0] as number),
    first: () => tf.ones([32, 4]),
    second: () => tf.ones([6, 4]),
    values: [4, 4],
  },
  {
    name: 'rank',
    body: () => (a) => ((a.rank as number) > 1 ? a.sum() : a.mul(100).sum()),
    first: ones(3),
    second: () => tf.ones([3]),
    values: [6, 300],
  },
  {
    name: 'size',
    body: () => (a) => a.sum().mul(a.size as number),
    first: ones(1),
    second: ones(2),
    values: [4, 16],
  },
  {
    name: 'dtype',
    body: () => (a) => (a.dtype === 'int32' ? a.sum() : a.sum().add(0.5)),
    first: () => tf.tensor1d([1, 2], 'int32'),
    second: () => tf.tensor1d([1, 2]),
    values: [3, 3.5],
  },
  {
    name: 'the last row, by a negative index',
    body: () => (a) => a.at(-1),
    first: () => tf.tensor1d([1, 2]),
    second: () => tf.tensor1d([1, 2, 3]),
    values: [2, 3],
  },
  {
    name: 'rows',
    body: () => (a) => [...a].reduce((sum, row) => sum.add(row)),
    first: ones(2),
    second: ones(5),
    values: [
      [2, 2],
      [5, 5],
    ],
  },
  {
    name: 'a count of results',
    body: (hook) => (a) => hook.tf.addN(a.unstack()),
    first: ones(3),
    second: ones(4),
    values: [
      [3, 3],
      [4, 4],
    ],
  },
  {
    name: 'the shape of a result',
    body: () => (a) =>
      a
        .transpose()
        .sum()
        .div(a.transpose().shape?.[1] as number),
    first: ones(2),
    second: ones(8),
    values: [2, 2],
  },
  {
    name: 'a form within a gradient',
    body: (hook) => (a) =>
      hook.valueAndGrads((v) => v.sum().div(v.shape?.[0] as number))([a]).grads[0],
    first: ones(1),
    second: ones(2),
    values: [
      [[1, 1]],
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    ],
  },
];

function formOf(tensor: tf.Tensor) {
  const { shape, dtype } = tensor;
  return { shape, dtype } as never;
}

/** Plans whose functions ask for the forms of what they get. */
export function planForms(given: Given): void {
  describe('a plan whose function asks for forms', () => {
    it.each(CASES)('gives each form its own: $name', async ({ body, first, second, values }) => {
      const { hook, bob } = given();
      const lazy = hook.plan(body(hook));
      const hinted = hook.plan(body(hook), { inputs: [formOf(first())] });
      for (const plan of [lazy, hinted]) {
        const ran = [first(), second(), first()].map((a) => plan.run(bob, a.send(bob)));
        expect(await Promise.all(ran.map(got))).toEqual([values[0], values[1], values[0]]);
      }
    });

    it.each(CASES)('is refused for other forms once it is JSON: $name', async (formCase) => {
      const { hook, bob } = given();
      const { body, first, second, values } = formCase;
      const plan = hook.plan(body(hook), { inputs: [formOf(first())] });
      const again = hook.planFromJson(JSON.parse(JSON.stringify(plan))) as Plan<PointerTensor>;
      expect(await got(again.run(bob, first().send(bob)))).toEqual(values[0]);
      const error = thrown(() => again.run(bob, second().send(bob)));
      expect(error.code).toBe('inputs-mismatch');
      expect(error.message).toMatch(/Input 0 .*expected .* got .*trace the function/);
    });

    it('takes a scalar', async () => {
      const { hook, bob } = given();
      const ranks = hook.plan((a) => a.mul(0).add(a.rank as number));
      expect(await got(ranks.run(bob, tf.scalar(5).send(bob)))).toBe(0);
      expect(await got(ranks.run(bob, tf.ones([1]).send(bob)))).toEqual([1]);
      const dtypes = hook.plan((a) => (a.dtype === 'bool' ? a.logicalNot() : a.neg()));
      expect(await got(dtypes.run(bob, tf.scalar(true).send(bob)))).toBe(0);
      expect(await got(dtypes.run(bob, tf.scalar(3).send(bob)))).toBe(-3);
    });

    it('serves a last, smaller batch', async () => {
      const { hook, bob } = given();
      const mean = hook.plan((a) => a.sum().div(a.shape?.[0] as number));
      const rows = tf.range(0, 10).send(bob);
      const batches = [rows.slice(0, 4), rows.slice(4, 4), rows.slice(8, 2)];
      const means = await Promise.all(batches.map((batch) => got(mean.run(bob, batch))));
      expect(means).toEqual([1.5, 5.5, 8.5]);
    });

    it('waits for a form that depends on values, or is told to', async () => {
      const { hook, bob } = given();
      const where = hook.tf.whereAsync(tf.tensor1d([1, 0, 1], 'bool').send(bob));
      const count = hook.plan((a) =>
        a
          .sum()
          .mul(0)
          .add(a.shape?.[0] as number),
      );
      expect(thrown(() => count.run(bob, where)).message).toMatch(/shape of i0.*await ready\(\)/);
      const free = hook.plan((a) => a.add(1));
      expect(await got(free.run(bob, where))).toEqual([[1], [3]]);
      await where.ready();
      expect(await got(count.run(bob, where))).toBe(2);
      const inner = hook.plan((a) => hook.tf.whereAsync(a.cast('bool')).shape?.[0] as never);
      expect(thrown(() => inner.run(bob, where)).message).toMatch(/depends on values/);
    });

    it('goes on with nothing else where the form is not known', async () => {
      const { hook, bob } = given();
      const where = hook.tf.whereAsync(tf.tensor1d([1, 0, 1], 'bool').send(bob));
      const rankOf = (a: PointerTensor) => {
        try {
          return a.rank as number;
        } catch {
          return 100;
        }
      };
      const plan = hook.plan((a) => a.sum().mul(0).add(rankOf(a)));
      expect(thrown(() => plan.run(bob, where)).message).toMatch(/shape of i0 is not known/);
      expect(await got(plan.run(bob, tf.ones([1, 1]).send(bob)))).toBe(2);
    });

    it('is refused by the worker when only that knows the form', async () => {
      const { hook, bob } = given();
      const plan = hook.plan((a) => a.add(a.shape?.[0] as number), {
        inputs: [{ shape: [3, 1], dtype: 'int32' }],
      });
      const again = hook.planFromJson(JSON.parse(JSON.stringify(plan))) as Plan<PointerTensor>;
      const where = (mask: number[]) =>
        hook.tf.whereAsync(tf.tensor1d(mask, 'bool').send(bob)) as PointerTensor;
      expect(await got(again.run(bob, where([1, 1, 1])))).toEqual([[3], [4], [5]]);
      const error = await errorOf(again.run(bob, where([1, 0, 1])).get());
      expect(error.code).toBe('inputs-mismatch');
      expect(error.message).toMatch(/expected int32 \[3,1\].*got int32 \[2,1\]/);
    });

    it('is stored, named and written once it was run', async () => {
      const { hook, bob, guest } = given();
      const plan = hook.plan((a) => a.sum().div(a.shape?.[0] as number));
      const message = /not traced yet.*run\(\) it first, or give hook\.plan the option inputs/;
      expect((await errorOf(plan.digest())).message).toMatch(message);
      expect(thrown(() => JSON.stringify(plan)).message).toMatch(message);
      expect(await got(plan.run(bob, tf.ones([4]).send(bob)))).toBe(1);
      const digest = await plan.digest();
      await got(plan.run(bob, tf.ones([5]).send(bob)));
      expect(await plan.digest()).toBe(digest);
      const fetched = (await guest.hook.fetchPlan(guest.bob, digest)) as Plan<PointerTensor>;
      const { bob: there } = guest;
      expect(await got(fetched.run(there, tf.ones([4]).send(there)))).toBe(1);
      expect(thrown(() => fetched.run(there, tf.ones([5]).send(there))).code).toBe(
        'inputs-mismatch',
      );
    });

    it('stays right for more forms than are remembered', async () => {
      const { hook, bob } = given();
      const mean = hook.plan((a) => a.sum().div(a.shape?.[0] as number));
      const sizes = [...Array.from({ length: 80 }, (_, index) => index + 1), 1, 2, 80];
      const means = hook.tidy(() => sizes.map((size) => mean.run(bob, tf.ones([size]).send(bob))));
      expect(new Set(await Promise.all(means.map(got)))).toEqual(new Set([1]));
    });
  });

  describe('a plan whose function asks for no forms', () => {
    it('is one for all of them, from JSON too', async () => {
      const { hook, bob } = given();
      let calls = 0;
      const plan = hook.plan(
        (a: PointerTensor) => {
          calls += 1;
          return hook.tf.mul(a, 2) as PointerTensor;
        },
        { inputs: [[5]] },
      );
      const again = hook.planFromJson(JSON.parse(JSON.stringify(plan))) as Plan<PointerTensor>;
      expect(await got(plan.run(bob, x().send(bob)))).toEqual([2, 4, 6, 8, 10]);
      expect(await got(again.run(bob, tf.ones([1, 1]).send(bob)))).toEqual([[2]]);
      expect(calls).toBe(1);
      expect(plan.wire.forms).toBeUndefined();
    });

    it('keeps local tensors as they were when it was made', async () => {
      const { hook, bob } = given();
      const values = new Float32Array([2]);
      const weight = tf.tensor1d(values);
      const plan = hook.plan((a) => a.mul(weight), { inputs: [[1]] });
      values[0] = 99;
      weight.shape.push(7);
      expect(plan.wire.constants[0]?.shape).toEqual([1]);
      weight.shape.pop();
      weight.dispose();
      expect(await got(plan.run(bob, tf.tensor1d([3]).send(bob)))).toEqual([6]);
      expect(() => (plan.wire.commands as unknown[]).push(1)).toThrow(TypeError);
    });
  });

  describe('a plan that is traced for each form', () => {
    it('keeps local tensors as the first trace found them', async () => {
      const { hook, bob } = given();
      const rate = tf.variable(tf.scalar(2));
      const plan = hook.plan((a) => a.mul(rate).mul(a.rank as number));
      expect(await got(plan.run(bob, tf.ones([1]).send(bob)))).toEqual([2]);
      rate.assign(tf.scalar(5));
      rate.dispose();
      expect(await got(plan.run(bob, tf.ones([1, 1]).send(bob)))).toEqual([[4]]);
    });

    it('keeps those that its inputs led to, and refuses those that are gone', async () => {
      const { hook, bob } = given();
      const weight = tf.scalar(3);
      const plan = hook.plan((a) => a.mul(weight).mul(a.rank as number), { inputs: [[2, 2]] });
      weight.dispose();
      expect(await got(plan.run(bob, tf.ones([1]).send(bob)))).toEqual([3]);
      const late = tf.scalar(3);
      const other = hook.plan((a) => a.mul(a.rank as number).mul(late));
      late.dispose();
      expect(thrown(() => other.run(bob, tf.ones([1]).send(bob))).message).toMatch(
        /was disposed before it was traced/,
      );
    });

    it('copies the option inputs, and gives out shapes that nothing can change', async () => {
      const { hook, bob } = given();
      const shape = [2, 3];
      const plan = hook.plan(
        (a) => {
          expect(() => (a.shape as number[]).sort()).toThrow(TypeError);
          return a.sum().div(a.shape?.[1] as number);
        },
        { inputs: [{ shape, dtype: 'float32' }] },
      );
      shape.reverse();
      expect(plan.wire.forms).toEqual([{ shape: [2, 3], dtype: 'float32' }]);
      expect(await got(plan.run(bob, tf.ones([2, 3]).send(bob)))).toBe(2);
    });

    it('takes shapes alone for those of float32 tensors', async () => {
      const { hook, bob } = given();
      const mean = (a: PointerTensor) => a.sum().div(a.shape?.[0] as number);
      for (const inputs of [[[32, 4]], [{ shape: [32, 4] }]]) {
        const plan = hook.plan(mean, { inputs });
        expect(plan.wire.forms).toEqual([{ shape: [32, 4], dtype: 'float32' }]);
        expect(await got(plan.run(bob, tf.ones([6, 4]).send(bob)))).toBe(4);
      }
      const lists = hook.plan(
        ([a, b]: PointerTensor[]) => (a as PointerTensor).mul(b?.rank as number),
        {
          inputs: [[[2], []]],
        },
      );
      expect(lists.wire.inputs).toBe(2);
    });

    it('refuses options inputs of another form', () => {
      const { hook } = given();
      const plan = (inputs: unknown) =>
        thrown(() => hook.plan((a) => a, { inputs: inputs as never })).message;
      expect(plan({ shape: [1], dtype: 'float32' })).toMatch(/inputs.*not a list/);
      expect(plan([[1, -2]])).toMatch(/holds number/);
      expect(plan([{ shape: [1], dtype: 'float64' }])).toMatch(
        /dtype "?float64"?, expected one of/,
      );
      expect(plan([{ shape: ['a'], dtype: 'float32' }])).toMatch(/holds string/);
    });

    it('has no values to decide by', () => {
      const { hook, bob } = given();
      const branch = (a: PointerTensor) => ((a.sum() as never as number) > 0 ? a : a.neg());
      expect(thrown(() => hook.plan(branch).run(bob, tf.ones([1]).send(bob))).message).toMatch(
        /no operators.*greater/,
      );
    });

    it('is called as its function within another plan', async () => {
      const { hook, bob } = given();
      const inner = (a: PointerTensor) => a.sum().div(a.shape?.[0] as number);
      const plan = hook.plan(inner);
      const outer = hook.plan((a) => inner(a).add(1));
      expect(await got(outer.run(bob, tf.ones([4, 3]).send(bob)))).toBe(4);
      expect(await got(outer.run(bob, tf.ones([2, 5]).send(bob)))).toBe(6);
      const nested = hook.plan((a) => plan.run(bob, a));
      expect(thrown(() => nested.run(bob, tf.ones([1]).send(bob))).message).toMatch(
        /call the inner plan's function itself/,
      );
    });
  });
}
