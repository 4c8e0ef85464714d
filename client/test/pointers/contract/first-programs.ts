import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import {
  ObjectNotFoundError,
  type PointerTensor,
  TensorsNotCollocatedError,
} from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { count, errorOf, type Given, got, gotAll, thrown, x, y } from './world.ts';

/** What a reader of the lesson types first, most likely first. */
export function firstPrograms(given: Given): void {
  const sent = (): [PointerTensor, PointerTensor] => [x().send(given().bob), y().send(given().bob)];

  describe('what a reader of the lesson types first', () => {
    it('1: prints a pointer', () => {
      expect(String(x().send(given().bob))).toMatch(
        /^\(Wrapper\)>\[PointerTensor \| me:\d{1,11} -> bob:\d{1,11}\]$/,
      );
    });

    it('2 and 3: looks at the worker’s objects, before and after getting', async () => {
      const { bob } = given();
      const xp = x().send(bob);
      const [summary, ...others] = [...(await bob.objects()).values()];
      expect([summary?.shape, summary?.dtype, others]).toEqual([[5], 'int32', []]);
      expect(await got(xp)).toEqual([1, 2, 3, 4, 5]);
      expect(await bob.objects()).toEqual(new Map());
    });

    it('4: asks where the tensor is, and who points to it', () => {
      const { bob, hook } = given();
      const xp = x().send(bob);
      expect([xp.location, xp.owner]).toEqual([bob, hook.localWorker]);
      expect(new Set([xp.id, xp.idAtLocation]).size).toBe(2);
      for (const id of [xp.id, xp.idAtLocation]) expect(id).toMatch(/^[\w-]{22}$/);
      expect(String(xp.owner)).toMatch(/^<VirtualWorker id:me #objects:0>$/);
    });

    it('5, 6 and 7: adds, gets a list, gets a sum', async () => {
      const { bob, alice } = given();
      const [xp, yp] = sent();
      expect(await got(xp.add(yp))).toEqual([2, 3, 4, 5, 6]);
      expect(await gotAll(x().send(bob, alice))).toEqual([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ]);
      const sum = await x().send(bob, alice).get({ sumResults: true });
      expect([sum.shape, sum.dtype]).toEqual([[5], 'int32']);
      expect(sum.arraySync()).toEqual([2, 4, 6, 8, 10]);
    });

    it('8: tries operators and is told what to write', () => {
      const [xp, yp] = sent() as never as [number, number];
      for (const attempt of [() => xp + yp, () => xp * 2, () => xp > 3, () => -xp]) {
        expect(thrown(attempt).message).toMatch(/a\.add\(b\), a\.mul\(2\), a\.greater\(3\)/);
      }
    });

    it('9: calls the function instead of the method', async () => {
      const { hook } = given();
      const [xp, yp] = sent();
      expect(await got(hook.tf.add(xp, yp))).toEqual([2, 3, 4, 5, 6]);
      expect(thrown(() => tf.add(xp as never, yp as never)).message).toMatch(/hook\.tf/);
    });

    it('10: mixes places, and is told how to bring them together', () => {
      const { alice, hook } = given();
      const [xp] = sent();
      const far = y().send(alice);
      const attempts = [
        [() => xp.add(y() as never), /\bbob\b.*send\(bob\)/],
        [() => hook.tf.add(y() as never, xp), /\bbob\b.*send\(bob\)/],
        [() => xp.add(far), /\bbob\b.*\balice\b.*move\(alice\).*move\(bob\)/],
        [() => hook.tf.add(far, xp), /\balice\b.*\bbob\b.*move\(bob\).*move\(alice\)/],
      ] as const;
      for (const [attempt, advice] of attempts) {
        const error = thrown(attempt);
        expect(error).toBeInstanceOf(TensorsNotCollocatedError);
        expect(error.message).toMatch(advice);
      }
    });

    it('11: gets twice', async () => {
      const [xp] = sent();
      await xp.get();
      const error = await errorOf(xp.get());
      expect(error).toBeInstanceOf(ObjectNotFoundError);
      expect(error.message).toMatch(/already fetched/);
      expect(error.message).toMatch(/keep: true/);
    });

    it('12: wants the values without waiting', async () => {
      const [xp] = sent();
      const coming = xp.get();
      expect(coming).toBeInstanceOf(Promise);
      expect(inspect(coming)).toBe('Promise { <pending> }');
      const local = xp as never as { print(): void; dataSync(): void };
      expect(thrown(() => local.print()).message).toMatch(/await get\(\)/);
      expect(thrown(() => local.dataSync()).message).toMatch(/await get\(\)/);
      await coming;
    });

    it('13 and 15: overwrites a pointer, and empties the worker by giving it up', async () => {
      const { bob, hook } = given();
      const p = hook.tidy(() => {
        let last = x().send(bob);
        for (let index = 1; index < 1_000; index += 1) last = x().send(bob);
        return last;
      });
      expect(await count(bob)).toBe(1);
      p.dispose();
      expect(await count(bob)).toBe(0);
    });

    it('14: clears the worker', async () => {
      const { bob } = given();
      sent();
      expect(await bob.clearObjects()).toBe(bob);
      expect(await count(bob)).toBe(0);
    });

    it('16: differentiates', async () => {
      const { hook, bob } = given();
      const inputs = [x().toFloat().send(bob), y().toFloat().send(bob)] as const;
      const { value, grads } = hook.valueAndGrads((a, b) => a.add(b).sum())([...inputs]);
      expect(await got(value)).toBe(20);
      expect(await Promise.all(grads.map(got))).toEqual([Array(5).fill(1), Array(5).fill(1)]);
    });

    it('17: trains a linear model where the data are', async () => {
      const { hook, bob } = given();
      const data = tf
        .tensor2d([
          [1, 1],
          [0, 1],
          [1, 0],
          [0, 0],
        ])
        .send(bob);
      const target = tf.tensor2d([[1], [1], [0], [0]]).send(bob);
      let weight = tf.zeros([2, 1]).send(bob);
      const losses: number[] = [];
      for (let step = 0; step < 10; step += 1) {
        const loss = (w: PointerTensor) => data.matMul(w).sub(target).square().sum();
        const { value, grads } = hook.valueAndGrads(loss)([weight]);
        weight = weight.sub((grads[0] as PointerTensor).mul(0.1));
        losses.push((await got(value)) as number);
      }
      const expected = [2, 0.56, 0.2432, 0.1372, 0.0849, 0.0538, 0.0344, 0.022, 0.0141, 0.009];
      for (const [step, loss] of losses.entries()) expect(loss).toBeCloseTo(expected[step] ?? 0, 4);
    });

    it('18: sends a pointer, and moves a tensor', async () => {
      const { bob, alice } = given();
      const chain = x().send(bob).send(alice);
      const inner = await chain.get();
      expect(inner.location).toBe(bob);
      expect(await got(inner)).toEqual([1, 2, 3, 4, 5]);
      const moved = await x().send(bob).move(alice);
      expect([await count(bob), await count(alice)]).toEqual([0, 1]);
      expect(await got(moved)).toEqual([1, 2, 3, 4, 5]);
    });

    it('19: tags and searches', async () => {
      const { bob } = given();
      const held = x().tag('#x').send(bob);
      const found = await bob.search('#x');
      expect(found.length).toBe(1);
      expect(String(found[0])).toMatch(
        /^\(Wrapper\)>\[PointerTensor \| me:\d+ -> bob:\d+\]\n\tTags: #x \n\tShape: \[5\]$/,
      );
      expect([found[0]?.idAtLocation, found[0]?.location.id]).toEqual([held.idAtLocation, 'bob']);
    });

    it('20: plans', async () => {
      const { hook, bob } = given();
      const plan = hook.plan((a) => a.add(a).abs());
      expect(await plan.send(bob)).toBe(plan);
      expect(await got(plan.run(bob, tf.tensor1d([-1, 2]).send(bob)))).toEqual([2, 4]);
    });
  });
}
