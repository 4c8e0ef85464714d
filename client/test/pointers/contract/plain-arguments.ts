import * as tf from '@tensorflow/tfjs';
import type { Plan, PointerTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { errorOf, type Given, got, thrown } from './world.ts';

/** Numbers and truth values as arguments of plans: functions get them as they are. */
export function plainArguments(given: Given): void {
  describe('a number or truth value as argument of a plan', () => {
    it('chooses the branch that it chooses here', async () => {
      const { hook, bob } = given();
      const a = () => tf.scalar(3).send(bob);
      const byFlag = hook.plan((p: PointerTensor, isTraining: boolean) =>
        isTraining ? p.mul(2) : p.mul(5),
      );
      const byMode = hook.plan((p: PointerTensor, mode: number) =>
        mode === 1 ? p.neg() : p.mul(10),
      );
      const byZero = hook.plan((p: PointerTensor, k: number) => (k ? p.div(k) : p.mul(7)));
      const byMember = hook.plan((p: PointerTensor, o: { readonly bias: boolean }) =>
        o.bias ? p.add(1) : p.mul(4),
      );
      for (let round = 0; round < 2; round += 1) {
        expect(await got(byFlag.run(bob, a(), false))).toBe(15);
        expect(await got(byFlag.run(bob, a(), true))).toBe(6);
        expect(await got(byMode.run(bob, a(), 2))).toBe(30);
        expect(await got(byMode.run(bob, a(), 1))).toBe(-3);
        expect(await got(byZero.run(bob, a(), 3))).toBe(1);
        expect(await got(byZero.run(bob, a(), 0))).toBe(21);
        expect(await got(byZero.run(bob, a(), -0))).toBe(21);
        expect(await got(byMember.run(bob, a(), { bias: false }))).toBe(12);
        expect(await got(byMember.run(bob, a(), { bias: true }))).toBe(4);
      }
    });

    it('is an attribute: an axis, a count, a condition', async () => {
      const { hook, bob } = given();
      const rows = () =>
        tf
          .tensor2d([
            [1, 2],
            [3, 4],
          ])
          .send(bob);
      const summed = hook.plan((p: PointerTensor, axis: number) => p.sum(axis));
      expect(await got(summed.run(bob, rows(), 0))).toEqual([4, 6]);
      expect(await got(summed.run(bob, rows(), 1))).toEqual([3, 7]);
      const tiled = hook.plan((p: PointerTensor, k: number) => p.sum().reshape([1]).tile([k]));
      expect(await got(tiled.run(bob, rows(), 2))).toEqual([10, 10]);
      expect(await got(tiled.run(bob, rows(), 3))).toEqual([10, 10, 10]);
      const repeated = hook.plan((p: PointerTensor, count: number) => {
        let sum = p.sum();
        for (let done = 0; done < count; done += 1) sum = sum.mul(2);
        return sum;
      });
      expect(await got(repeated.run(bob, rows(), 0))).toBe(10);
      expect(await got(repeated.run(bob, rows(), 3))).toBe(80);
    });

    it('makes no other plan where the function only computes with it', async () => {
      const { hook, bob } = given();
      let calls = 0;
      const scale = hook.plan((p: PointerTensor, k: number, q: PointerTensor) => {
        calls += 1;
        return p.mul(k).add(q);
      });
      const ran = scale.run(bob, tf.scalar(3).send(bob), 7, tf.scalar(1).send(bob));
      expect(await got(ran)).toBe(22);
      const digest = await scale.digest();
      for (const k of [2, 0.5, -0, Number.POSITIVE_INFINITY]) {
        const ran = scale.run(bob, tf.scalar(3).send(bob), k, tf.scalar(1).send(bob));
        expect(await got(ran)).toBe(3 * k + 1);
      }
      expect(await scale.digest()).toBe(digest);
      expect(scale.wire.inputs).toBe(3);
      expect(calls).toBe(6);
    });

    it('is part of the plan that is written where it steers the function', async () => {
      const { hook, bob } = given();
      const plan = hook.plan((p: PointerTensor, isTraining: boolean) =>
        isTraining ? p.mul(2) : p,
      );
      expect(await got(plan.run(bob, tf.scalar(3).send(bob), false))).toBe(3);
      const again = hook.planFromJson(JSON.parse(JSON.stringify(plan))) as Plan<PointerTensor>;
      expect(await got(again.run(bob, tf.scalar(3).send(bob)))).toBe(3);
      const fromText = hook.planFromJson(JSON.stringify(plan)) as Plan<PointerTensor>;
      expect(await fromText.digest()).toBe(await plan.digest());
      expect(thrown(() => hook.planFromJson('0a1b')).message).toMatch(/not JSON.*fetchPlan/);
      const hinted = hook.plan((p: PointerTensor, k: number) => p.mul(k > 2 ? 10 : 1), {
        inputs: [[], 3],
      });
      expect(hinted.wire.inputs).toBe(1);
      expect(await got(hinted.run(bob, tf.scalar(3).send(bob), 3))).toBe(30);
      expect(await got(hinted.run(bob, tf.scalar(3).send(bob), 1))).toBe(3);
    });

    it('is no tensor: a function that calls methods of it is refused, whatever it compared before', async () => {
      const { hook, bob } = given();
      const p = () => tf.scalar(3).send(bob);
      const refused = /calls a method of a number.*hook\.tf\.mul\(k, x\).*tf\.scalar\(2\)\.send/;
      const negated = hook.plan((k: PointerTensor, q: PointerTensor) => k.neg().mul(q));
      expect(thrown(() => negated.run(bob, 2 as never, p())).message).toMatch(refused);
      expect(await got(negated.run(bob, tf.scalar(2).send(bob), p()))).toBe(-6);
      // A stand-in for k would be unlike 2, and unlike anything, and so take the first branch.
      const branching = hook.plan((q: PointerTensor, k: number) =>
        k !== 2 ? q.mul(k) : (k as never as PointerTensor).add(q),
      );
      expect(thrown(() => branching.run(bob, p(), 2)).message).toMatch(refused);
      expect(await got(branching.run(bob, p(), 4))).toBe(12);
    });

    it('never chooses a branch before it is known', async () => {
      const { hook, bob, guest } = given();
      const seen: unknown[] = [];
      const plan = hook.plan((p: PointerTensor, isTraining: boolean) => {
        seen.push(isTraining);
        return isTraining ? p.mul(2) : p.add(1);
      });
      await plan.send(bob);
      expect(thrown(() => JSON.stringify(plan)).message).toMatch(
        /give hook\.plan the option inputs/,
      );
      expect((await errorOf(plan.digest())).message).toMatch(/or truth value where/);
      expect(seen).toEqual([]);
      expect(await got(plan.run(bob, tf.scalar(3).send(bob), false))).toBe(4);
      expect(seen[0]).toBe(false);
      const fetched = await guest.hook.fetchPlan(guest.bob, await plan.digest());
      expect(await got(fetched.run(guest.bob, tf.scalar(3).send(guest.bob)) as never)).toBe(4);
      const hinted = hook.plan((p: PointerTensor, isOn: boolean) => (isOn ? p.mul(2) : p), {
        inputs: [[], false],
      });
      expect(hinted.wire.commands).toEqual([]);
    });

    it('may fail the function, which then says why', () => {
      const { hook, bob } = given();
      const checked = hook.plan((p: PointerTensor, k: number) => {
        if (k > 1) throw new RangeError('k is too large');
        return p.mul(k);
      });
      expect(thrown(() => checked.run(bob, tf.scalar(3).send(bob), 2)).message).toBe(
        'k is too large',
      );
    });

    it('steers the loss of a step, and gradients within plans', async () => {
      const { hook, bob } = given();
      const w = () => tf.scalar(3).send(bob);
      const step = hook.train
        .sgd(0.1)
        .step((p: PointerTensor, isSquared: boolean) => (isSquared ? p.square() : p.mul(1)));
      expect(await got(step(w(), false).loss)).toBe(3);
      expect(await got(step(w(), true).loss)).toBe(9);
      const sloped = hook.plan(
        (p: PointerTensor, k: number) =>
          hook.valueAndGrads((v) => (k > 2 ? v.square() : v.mul(k)))([p]).grads[0],
      );
      expect(await got(sloped.run(bob, w(), 3))).toBe(6);
      expect(await got(sloped.run(bob, w(), 2))).toBe(2);
      expect(await got(sloped.run(bob, w(), 1))).toBe(1);
    });

    it('traces a step once, however its learning rate changes', async () => {
      const { hook, bob } = given();
      let calls = 0;
      const optimizer = hook.train.adam(0.1);
      const step = optimizer.step((p: PointerTensor) => {
        calls += 1;
        return p.square();
      });
      let params = tf.scalar(3).send(bob) as PointerTensor;
      for (const rate of [0.1, 0.2, 0.3, 0.4]) {
        optimizer.learningRate = rate;
        ({ params } = step(params));
      }
      expect(calls).toBe(2);
      await got(params);
    });
  });
}
