import * as tf from '@tensorflow/tfjs';
import type { Plan, PointerTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { errorOf, type Given, got, gotAll, thrown, x } from './world.ts';

/** Parameters of a model with one layer. */
interface Layer {
  readonly w: PointerTensor;
  readonly b: PointerTensor;
}

/** Plans with lists, objects, rest and default parameters. */
export function planStructures(given: Given): void {
  describe('a plan of arrays and objects', () => {
    it('takes and gives objects', async () => {
      const { hook, bob } = given();
      const step = hook.plan(({ w, b }: Layer, rate: number) => ({
        layer: { w: w.mul(rate), b: b.add(rate) },
        all: [w, b],
      }));
      const layer = { w: tf.tensor1d([1, 2]).send(bob), b: tf.scalar(3).send(bob) };
      const first = step.run(bob, layer, 10);
      expect(await got(first.layer.w.copy())).toEqual([10, 20]);
      const second = step.run(bob, first.layer, 10);
      expect(await Promise.all([second.layer.w, second.layer.b].map(got))).toEqual([
        [100, 200],
        23,
      ]);
      expect(await got(second.all[1] as PointerTensor)).toBe(13);
    });

    it('takes lists, of any length', async () => {
      const { hook, bob } = given();
      const sum = hook.plan((list: PointerTensor[]) => hook.tf.addN(list));
      for (const length of [1, 2, 16]) {
        const list = Array.from({ length }, () => tf.scalar(1).send(bob));
        expect(await got(sum.run(bob, list))).toBe(length);
      }
      const layers = hook.plan((list: Layer[]) => list.map(({ w, b }) => w.add(b)));
      const ran = layers.run(bob, [
        { w: x().send(bob), b: tf.scalar(1).send(bob) },
        { w: tf.scalar(2).send(bob), b: tf.scalar(3).send(bob) },
      ]);
      expect(await Promise.all(ran.map(got))).toEqual([[2, 3, 4, 5, 6], 5]);
    });

    it('takes rest and default parameters', async () => {
      const { hook, bob } = given();
      const rest = hook.plan((first: PointerTensor, ...others: PointerTensor[]) =>
        others.reduce((sum, other) => sum.mul(10).add(other), first),
      );
      expect(await got(rest.run(bob, tf.scalar(1).send(bob)))).toBe(1);
      const [one, two, three] = [1, 2, 3].map((value) => tf.scalar(value).send(bob)) as [
        PointerTensor,
        PointerTensor,
        PointerTensor,
      ];
      expect(await got(rest.run(bob, one, two, three))).toBe(123);
      const only = hook.plan((...all: PointerTensor[]) => all.reduce((sum, a) => sum.add(a)));
      expect(await got(only.run(bob, one, two, three))).toBe(6);
      const joined = (...all: PointerTensor[]) => hook.tf.stack(all);
      expect(await got(hook.plan(joined.bind(null)).run(bob, one, two))).toEqual([1, 2]);
      const byDefault = hook.plan((a: PointerTensor, factor: PointerTensor | number = 2) =>
        a.mul(factor),
      );
      expect(await got(byDefault.run(bob, three))).toBe(6);
      expect(await got(byDefault.run(bob, three, 3 as never))).toBe(9);
    });

    it('refuses fewer arguments than there are, and more than are used', () => {
      const { hook, bob } = given();
      const plan = hook.plan((a, b) => a.add(b));
      const a = x().send(bob);
      expect(thrown(() => plan.run(bob, a)).message).toMatch(/got 1 argument,.*takes 2/);
      expect(thrown(() => plan.run(bob, a, a, a)).message).toMatch(/got 3 arguments.*takes 2/);
      const early = () => hook.plan((p, isOn: unknown) => (isOn ? p : p), { inputs: [[1]] });
      expect(thrown(early).message).toMatch(/got 1 argument,.*takes 2/);
      const none = hook.plan(() => hook.tf.ones([1]));
      expect(thrown(() => (none as Plan).run(bob, a)).message).toMatch(/got 1 argument,.*takes 0/);
    });

    it('takes further arguments that steer it, or that no command uses', async () => {
      const { hook, bob } = given();
      const a = () => tf.scalar(3).send(bob);
      const counted = hook.plan((first: PointerTensor, ...others: PointerTensor[]) =>
        first.mul(others.length),
      );
      expect(await got(counted.run(bob, a(), a(), a()))).toBe(6);
      const byDefault = hook.plan((first: PointerTensor, isTwice: unknown = false) =>
        isTwice ? first.mul(2) : first,
      );
      expect(await got(byDefault.run(bob, a(), true as never))).toBe(6);
      expect(await got(byDefault.run(bob, a()))).toBe(3);
      const step = hook.train
        .sgd(0.1)
        .step((w: PointerTensor, _batch: PointerTensor) => w.square().sum());
      expect(await got(step(a(), a()).loss)).toBe(9);
      const rows = hook.train
        .sgd(0.1)
        .step((w: PointerTensor, batch: PointerTensor) => w.mul(batch.shape?.[0] as number).sum());
      expect(await got(rows(a(), tf.ones([4, 2]).send(bob)).loss)).toBe(12);
      const one = hook.train
        .sgd(0.1)
        .step((w: PointerTensor) => w.square().sum()) as unknown as typeof step;
      expect(thrown(() => one(a(), a())).message).toMatch(/got 2 arguments.*takes 1/);
    });

    it('tells one structure from another', async () => {
      const { hook, bob } = given();
      const plan = hook.plan((given: unknown) =>
        Array.isArray(given) ? hook.tf.addN(given) : (given as PointerTensor).neg(),
      );
      const a = x().send(bob);
      expect(await got(plan.run(bob, [a, a] as never))).toEqual([2, 4, 6, 8, 10]);
      expect(await got(plan.run(bob, a as never))).toEqual([-1, -2, -3, -4, -5]);
    });

    it('is traced at once for the option inputs, with the same structure', async () => {
      const { hook, bob } = given();
      const form = { shape: [2], dtype: 'float32' } as const;
      const plan = hook.plan(({ w, b }: Layer) => w.mul(b.shape?.[0] as number), {
        inputs: [{ w: form, b: form }],
      });
      expect(plan.wire.inputs).toBe(2);
      const again = hook.planFromJson(JSON.parse(JSON.stringify(plan))) as Plan<PointerTensor>;
      const [w, b] = [tf.ones([2]).send(bob), tf.ones([2]).send(bob)];
      expect(await got(again.run(bob, w, b))).toEqual([2, 2]);
      expect(thrown(() => again.run(bob, { w, b } as never)).message).toMatch(
        /arguments of their own/,
      );
      expect(thrown(() => again.run(bob, w)).message).toMatch(/got 1 argument,.*takes 2/);
    });

    it('needs its arguments before it is written, and is stored by its first run', async () => {
      const { hook, bob, alice, guest } = given();
      const plan = hook.plan(({ w, b }: Layer) => w.add(b));
      expect(await plan.send(bob)).toBe(plan);
      expect((await errorOf(plan.digest())).message).toMatch(/may depend on its inputs; run\(\)/);
      await got(plan.run(alice, { w: x().send(alice), b: x().send(alice) }));
      await bob.flush();
      const fetched = await guest.hook.fetchPlan(guest.bob, await plan.digest());
      expect(fetched.wire).toEqual(plan.wire);
      await plan.send(bob);
    });

    it('refuses leaves that are no tensors, and those at other workers', () => {
      const { hook, bob, alice } = given();
      const plan = hook.plan((list: PointerTensor[]) => hook.tf.addN(list));
      const here = x().send(bob);
      const messageFor = (list: unknown[]) => thrown(() => plan.run(bob, list as never)).message;
      expect(messageFor([here, x()])).toMatch(/send\(bob\)/);
      expect(messageFor([here, 'a'])).toMatch(/got a text/);
      expect(messageFor([here, undefined])).toMatch(/got nothing/);
      expect(messageFor([here, null])).toMatch(/got null/);
      expect(messageFor([here, x().send(alice)])).toMatch(/alice/);
    });

    it('takes of multi-pointers inside what is at its worker', async () => {
      const { hook, bob, alice } = given();
      const plan = hook.plan(({ w, b }: Layer) => w.mul(b.size as number));
      const layer = { w: x().send(bob, alice), b: tf.ones([3]).send(bob, alice) };
      expect(await got(plan.run(alice, layer))).toEqual([3, 6, 9, 12, 15]);
    });
  });

  describe('a gradient of arrays and objects', () => {
    it('has their structure, and only float32 of what is asked for', async () => {
      const { hook, bob } = given();
      const layers = [
        { w: tf.tensor1d([1, 2]).send(bob), b: tf.scalar(3).send(bob) },
        { w: tf.tensor1d([4, 5]).send(bob), b: tf.scalar(6).send(bob) },
      ];
      const loss = hook.valueAndGrads((list: Layer[], factor: PointerTensor) =>
        hook.tf.addN(list.map(({ w, b }) => w.mul(b).sum())).mul(factor),
      );
      const { value, grads } = loss([layers, tf.scalar(10).send(bob)]);
      expect(await got(value)).toBe(630);
      const [[first, second], factor] = grads;
      expect(
        await Promise.all(
          [first?.w, first?.b, second?.w, second?.b].map((g) => got(g as PointerTensor)),
        ),
      ).toEqual([[30, 30], 30, [60, 60], 90]);
      expect(await got(factor)).toBe(63);
    });

    it('brings along what else the function tells', async () => {
      const { hook, bob, alice } = given();
      const loss = hook.valueAndGrads((w, data) => {
        const errors = w.mul(data).sub(1);
        return {
          aux: { errors, parts: [errors.abs().max(), tf.scalar(7)] },
          value: errors.square().sum(),
        };
      });
      const [w, data] = [tf.scalar(2).send(bob), tf.tensor1d([1, 3]).send(bob)];
      const { value, grads, aux } = loss([w, data]);
      expect([aux.errors.shape, aux.parts[1]?.shape]).toEqual([[2], []]);
      expect(await Promise.all([value, ...grads, aux.errors, ...aux.parts].map(got))).toEqual([
        26,
        32,
        [4, 20],
        [1, 5],
        5,
        7,
      ]);
      const both = loss([w.copy(), data.copy()].map((p) => p) as [PointerTensor, PointerTensor]);
      expect(await got(both.aux.errors)).toEqual([1, 5]);
      const many = loss([tf.scalar(2).send(bob, alice), tf.tensor1d([1, 3]).send(bob, alice)]);
      expect(await gotAll(many.aux.errors)).toEqual([
        [1, 5],
        [1, 5],
      ]);
    });

    it('does so within plans, and within other gradients', async () => {
      const { hook, bob } = given();
      const plan = hook.plan((a) => {
        const outer = hook.valueAndGrads((v) => {
          const inner = hook.valueAndGrads((u) => ({ value: u.pow(3).sum(), aux: u.mul(5) }))([v]);
          return { value: inner.grads[0].sum(), aux: inner.aux };
        })([a]);
        return { second: outer.grads[0], aux: outer.aux };
      });
      const ran = plan.run(bob, tf.tensor1d([1, 2]).send(bob));
      expect(await Promise.all([ran.second, ran.aux].map(got))).toEqual([
        [6, 12],
        [5, 10],
      ]);
    });

    it('refuses several results without a name', () => {
      const { hook, bob } = given();
      const a = x().send(bob);
      const messageFor = (body: (v: PointerTensor) => unknown) =>
        thrown(() => hook.valueAndGrads(body as never)([a])).message;
      expect(messageFor((v) => [v, v])).toMatch(/2 results.*\{ value, aux \}/);
      expect(messageFor((v) => ({ loss: v, accuracy: v }))).toMatch(/2 results/);
      expect(messageFor((v) => ({ value: [v], aux: v }))).toMatch(/2 results/);
      expect(messageFor((v) => ({ value: v, aux: v, more: v }))).toMatch(/3 results/);
      expect(messageFor(() => [])).toMatch(/0 results/);
    });

    it('may index a list, and name members as PyTorch names methods, before their first run', async () => {
      const { hook, bob } = given();
      const [a, b] = [x().send(bob), x().send(bob)];
      const listed = hook.plan((list: PointerTensor[]) =>
        hook.tf.mul(list[0] as never, list[1] as never),
      );
      expect(await got(listed.run(bob, [a, b]))).toEqual([1, 4, 9, 16, 25]);
      const named = hook.plan((object: { t: PointerTensor; grad: PointerTensor }) =>
        hook.tf.sub(object.t, object.grad),
      );
      expect(await got(named.run(bob, { t: a, grad: b }))).toEqual([0, 0, 0, 0, 0]);
    });
  });
}
