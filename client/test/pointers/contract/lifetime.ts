import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { count, type Given, got, thrown, x, y } from './world.ts';

/** When objects go: section 1.6 of the reference. */
export function lifetime(given: Given): void {
  describe('lifetime', () => {
    it('deletes an object when its pointer is disposed, twice without harm', async () => {
      const { bob } = given();
      const pointer = x().send(bob);
      await pointer.ready();
      pointer.dispose();
      pointer.dispose();
      expect(pointer.isDisposed).toBe(true);
      expect(await count(bob)).toBe(0);
    });

    it('never deletes what another pointer to the same object holds', async () => {
      const { bob } = given();
      const pointer = x().tag('#kept').send(bob);
      const [found] = await bob.search('#kept');
      pointer.dispose();
      expect(await got(found as never)).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(0);
    });

    it('stores no intermediate that nobody holds', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      const result = hook.tidy(() => pointer.add(1).mul(2).sub(3));
      await result.ready();
      expect(await count(bob)).toBe(2);
      expect(await got(result)).toEqual([1, 3, 5, 7, 9]);
    });

    it('keeps what a tidy function returns, however deep, and passes it to the one around', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      const kept = hook.tidy(() => {
        const inner = hook.tidy(() => ({ list: [pointer.add(1)], multi: x().send(bob) }));
        pointer.add(9);
        return { deep: [{ inner }] };
      });
      expect(await count(bob)).toBe(3);
      const { list } = kept.deep[0]?.inner ?? { list: [] };
      expect(await got(list[0] as never)).toEqual([2, 3, 4, 5, 6]);
    });

    it('gives everything up when a tidy function throws', async () => {
      const { bob, hook } = given();
      const body = () => {
        x().send(bob);
        throw new Error('out of luck');
      };
      expect(thrown(() => hook.tidy(body)).message).toBe('out of luck');
      expect(await count(bob)).toBe(0);
    });

    it('lets what was asked for come, though the pointer is disposed at once', async () => {
      const pointer = x().send(given().bob).add(y().send(given().bob));
      const coming = pointer.get();
      pointer.dispose();
      expect((await coming).arraySync()).toEqual([2, 3, 4, 5, 6]);
      expect(await count(given().bob)).toBeLessThanOrEqual(2);
    });

    it('leaves no local tensor behind', async () => {
      const { bob, hook } = given();
      await got(x().send(bob));
      const before = tf.memory();
      const local = x();
      const pointer = local.send(bob);
      local.dispose();
      const [a, b] = [pointer.add(1), hook.tf.topk(pointer, 2).values];
      await got(a);
      await got(b);
      const { grads } = hook.valueAndGrads((v) => v.square().sum())([
        tf.tidy(() => tf.ones([2]).send(bob) as never),
      ]);
      await got(grads[0] as never);
      expect(thrown(() => pointer.reshape([9])).code).toBe('argument-invalid');
      pointer.dispose();
      await bob.clearObjects();
      expect(tf.memory()).toEqual(before);
    });
  });
}
