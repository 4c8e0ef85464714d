import * as tf from '@tensorflow/tfjs';
import { HookedTensor, type PointerTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { errorOf, type Given, got, gotAll, thrown, x, y } from './world.ts';

/** Plans and gradients: section 1.10 of the reference. */
export function plans(given: Given): void {
  describe('a plan', () => {
    it('runs at any worker on what is there, as one command', async () => {
      const { hook, bob, alice } = given();
      const plan = hook.plan((a, b) => a.add(b).mul(2));
      await plan.send(bob);
      expect(await got(plan.run(bob, x().send(bob), y().send(bob)))).toEqual([4, 6, 8, 10, 12]);
      const [here, there] = [x().send(alice), y().send(alice)];
      expect(await got(plan.run(alice, here, there))).toEqual([4, 6, 8, 10, 12]);
    });

    it('gives results in the form of its function', async () => {
      const { hook, bob } = given();
      const plan = hook.plan((a) => ({
        sum: a.sum(),
        parts: [a.abs(), { neg: a.neg() }] as const,
      }));
      const ran = plan.run(bob, x().send(bob));
      expect(await got(ran.sum)).toBe(15);
      expect(await got(ran.parts[1].neg)).toEqual([-1, -2, -3, -4, -5]);
      expect(ran.parts[0].shape).toEqual([5]);
    });

    it('takes numbers and truth values for inputs', async () => {
      const { hook, bob } = given();
      const scale = hook.plan((a: PointerTensor, factor: number) => a.mul(factor));
      expect(await got(scale.run(bob, x().send(bob), 3))).toEqual([3, 6, 9, 12, 15]);
      const all = hook.plan((a: PointerTensor, b: boolean) => a.logicalAnd(b));
      const mask = tf.tensor1d([true, false]).send(bob);
      expect(await got(all.run(bob, mask, true))).toEqual([1, 0]);
    });

    it('takes of a multi-pointer what is at its worker', async () => {
      const { hook, bob, alice, carol } = given();
      const plan = hook.plan((a: PointerTensor, b: number) => a.add(b));
      const both = HookedTensor.combine(x().send(bob), y().send(alice));
      expect(await got(plan.run(alice, both, 1))).toEqual([2, 2, 2, 2, 2]);
      const error = thrown(() => plan.run(carol, both, 1));
      expect(error.code).toBe('tensors-not-collocated');
      expect(error.message).toMatch(/at bob, alice; .* to carol/);
    });

    it('refuses other inputs than its function has', () => {
      const { hook, bob, alice } = given();
      const plan = hook.plan((a, b) => a.add(b));
      expect(thrown(() => plan.run(bob, x().send(bob))).message).toMatch(
        /got 1 argument,.*takes 2/,
      );
      const [here, there] = [x().send(bob), x().send(alice)];
      expect(thrown(() => plan.run(bob, here, there)).code).toBe('tensors-not-collocated');
      expect(thrown(() => plan.run(bob, here, y() as never)).message).toMatch(/send\(bob\)/);
      expect(thrown(() => plan.run(bob, here, 'a' as never)).message).toMatch(/run\(\) got a text/);
      const chain = x().send(alice).send(bob) as never;
      expect(thrown(() => plan.run(bob, here, chain)).message).toMatch(/run it at alice/);
      const misfit = tf.zeros([3]).send(bob);
      expect(thrown(() => plan.run(bob, here, misfit)).code).toBe('argument-invalid');
    });

    it('has the same digest when it does the same, and is fetched by it from another program', async () => {
      const { hook, bob, guest } = given();
      const inputs = [{ shape: [2] }];
      const plan = hook.plan((a) => a.add(a).abs(), { inputs });
      const again = hook.plan((b) => b.add(b).abs(), { inputs });
      expect(await plan.digest()).toBe(await again.digest());
      await plan.send(bob);
      const fetched = await guest.hook.fetchPlan(guest.bob, await plan.digest());
      expect(await fetched.digest()).toBe(await plan.digest());
      const ran = fetched.run(guest.bob, tf.tensor1d([-1, 2]).send(guest.bob));
      expect(await got(ran as never)).toEqual([2, 4]);
      expect((await errorOf(guest.hook.fetchPlan(guest.bob, 'ab'.repeat(32)))).code).toBe(
        'plan-not-found',
      );
    });

    it('comes back from JSON, in another program too', async () => {
      const { hook, guest } = given();
      const plan = hook.plan((a) => [a.add(tf.scalar(0.1)), a.sum()], { inputs: [[5]] });
      const again = guest.hook.planFromJson(JSON.parse(JSON.stringify(plan)));
      expect(await again.digest()).toBe(await plan.digest());
      const [, sum] = again.run(guest.bob, x().send(guest.bob)) as PointerTensor[];
      expect(await got(sum as PointerTensor)).toBe(15);
      expect(thrown(() => hook.planFromJson({ schema: 1 })).code).toBe('plan-invalid');
    });

    it('makes tensors at a worker when it has no inputs', async () => {
      const { hook, bob } = given();
      const draw = hook.plan(() => hook.tf.randomNormal([100]));
      const [first, second] = [draw.run(bob), draw.run(bob)];
      expect([first.shape, first.location]).toEqual([[100], bob]);
      expect(await got(first)).not.toEqual(await got(second));
    });

    it('refuses what it can’t know while it is traced', () => {
      const { hook, bob } = given();
      const outer = x().send(bob);
      const traced = (body: (a: PointerTensor) => unknown) =>
        thrown(() => hook.plan(body).run(bob, outer)).message;
      expect(traced((a) => a.add(outer))).toMatch(/not one of its inputs/);
      expect(thrown(() => hook.plan(async (a) => a.add(1))).message).toMatch(/asynchronous/);
      expect(traced((a) => Promise.resolve(a))).toMatch(/asynchronous/);
      expect(traced((a) => a.get())).toMatch(/while a plan/);
      expect(traced((a) => tf.abs(a as never))).toMatch(/hook\.tf/);
      expect(traced(() => undefined)).toMatch(/gave undefined/);
      expect(thrown(() => hook.plan(() => 'text')).message).toMatch(/gave string/);
      expect(thrown(() => hook.plan(() => [])).code).toBe('plan-invalid');
      const split = hook.plan((a) => a.split(2), { inputs: [{ shape: [4], dtype: 'float32' }] });
      expect(split.wire.commands.length).toBe(1);
    });
  });

  describe('a gradient', () => {
    it('is computed where the tensors are', async () => {
      const { hook, bob } = given();
      const [a, b] = [tf.tensor1d([1, 2]).send(bob), tf.tensor1d([3, 4]).send(bob)];
      const { value, grads } = hook.valueAndGrads((u, v) => u.mul(v).sum())([a, b]);
      expect([value.shape, grads[0]?.shape]).toEqual([[], [2]]);
      expect(await got(value)).toBe(11);
      expect(await Promise.all(grads.map(got))).toEqual([
        [3, 4],
        [1, 2],
      ]);
    });

    it('takes other remote and local tensors of its function as constants', async () => {
      const { hook, bob } = given();
      const [data, weight] = [tf.tensor1d([1, 2]).send(bob), tf.scalar(3).send(bob)];
      const local = tf.tensor1d([10, 100]);
      const { value, grads } = hook.valueAndGrads((w) => w.mul(data).mul(local).sum())([weight]);
      expect([await got(value), await got(grads[0] as never)]).toEqual([630, 210]);
    });

    it('is part of a plan, with what the plan made before', async () => {
      const { hook, bob } = given();
      const step = hook.plan((w, data) => {
        const scaled = data.mul(2);
        const { value, grads } = hook.valueAndGrads((v) => v.sub(scaled).square().sum())([w]);
        return { loss: value, next: w.sub((grads[0] as typeof w).mul(0.25)) };
      });
      const ran = step.run(bob, tf.zeros([2]).send(bob), tf.tensor1d([1, 2]).send(bob));
      expect([await got(ran.loss), await got(ran.next)]).toEqual([20, [1, 2]]);
    });

    it('is each argument’s own, also when two are the same tensor', async () => {
      const { hook, bob } = given();
      const a = tf.tensor1d([1, 2]).send(bob);
      const { grads } = hook.valueAndGrads((u, v) => u.mul(v).sum())([a, a]);
      expect(await Promise.all(grads.map(got))).toEqual([
        [2, 4],
        [2, 4],
      ]);
    });

    it('knows the forms of a value that is no scalar, and of gradients of integers', async () => {
      const { hook, bob } = given();
      const a = tf.tensor1d([1, 2], 'int32').send(bob);
      const { value, grads } = hook.valueAndGrads((v) => v)([a]);
      const plan = hook.plan((u) => hook.valueAndGrads((v) => v.mul(2))([u]));
      const ran = plan.run(bob, a);
      for (const pointer of [value, grads[0], ran.value, ran.grads[0]]) {
        const form = [pointer.shape, pointer.dtype];
        await pointer.ready();
        expect(form).toEqual([pointer.shape, pointer.dtype]);
      }
      expect([value.dtype, grads[0].dtype]).toEqual(['int32', 'float32']);
    });

    it('is computed at every worker of a multi-pointer', async () => {
      const { hook, bob, alice } = given();
      const data = HookedTensor.combine(
        tf.tensor1d([1, 2]).send(bob),
        tf.tensor1d([3, 4, 5]).send(alice),
      );
      const weight = tf.scalar(2).send(bob, alice);
      const loss = hook.valueAndGrads((w, d) => w.mul(d).sum());
      const { value, grads } = loss([weight, data]);
      expect(await gotAll(value)).toEqual([6, 24]);
      expect(await gotAll(grads[0])).toEqual([3, 12]);
      const [single] = weight.parts;
      expect(thrown(() => loss([single as never, data])).code).toBe('tensors-not-collocated');
      expect(
        thrown(() => hook.valueAndGrads((w) => w.mul(data as never))([weight])).message,
      ).toMatch(/a multi-pointer that is not one of its inputs/);
    });

    it('refuses other arguments than pointers to tensors', () => {
      const { hook, bob, alice } = given();
      const gradient = hook.valueAndGrads((v) => v.sum());
      const a = x().send(bob);
      expect(thrown(() => gradient([a, y() as never])).code).toBe('tensors-not-collocated');
      expect(thrown(() => gradient([y() as never])).message).toMatch(/a local tensor.*send\(\)/);
      expect(thrown(() => gradient([1 as never])).message).toMatch(/got number/);
      expect(thrown(() => gradient([])).message).toMatch(/at least one/);
      expect(thrown(() => gradient(a as never)).message).toMatch(/one list of pointers/);
      expect(thrown(() => gradient([a.send(alice) as never])).message).toMatch(/run it at bob/);
      const several = hook.valueAndGrads((v) => [v, v] as never);
      expect(thrown(() => several([a])).message).toMatch(/2 results/);
    });

    it('fails with a reason when there is none', async () => {
      const { hook, bob, alice } = given();
      const a = tf.tensor1d([1, 2]).send(bob);
      const none = hook.valueAndGrads(() => hook.tf.ones([]))([a]);
      expect((await errorOf(none.value.get())).code).toBe('gradient-undefined');
      const far = tf.scalar(1).send(alice);
      const call = () => hook.valueAndGrads((v) => v.mul(far).sum())([a]);
      expect(thrown(call).code).toBe('tensors-not-collocated');
    });
  });
}
