import * as tf from '@tensorflow/tfjs';
import { HookedTensor, type PointerTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { count, type Given, got, thrown, x } from './world.ts';

/** Rows [0, 0], [1, 10] … and a label for each. */
function examples(rows: number): readonly [tf.Tensor, tf.Tensor] {
  const labels = tf.range(0, rows);
  return [tf.stack([labels, labels.mul(10)], 1), labels];
}

/** Datasets of several workers, and their batches. */
export function datasets(given: Given): void {
  describe('a dataset', () => {
    it('is dealt out to workers, in order and as evenly as can be', async () => {
      const { hook, bob, alice, carol } = given();
      const [inputs, labels] = examples(7);
      const dataset = hook.federate({ inputs, labels }, [bob, alice, carol]);
      expect([dataset.size, dataset.workers]).toEqual([7, [bob, alice, carol]]);
      const parts = await Promise.all(dataset.parts.map(({ labels: part }) => got(part.copy())));
      expect(parts).toEqual([
        [0, 1],
        [2, 3],
        [4, 5, 6],
      ]);
      expect(await got(dataset.at(alice).parts[0]?.inputs.copy() as PointerTensor)).toEqual([
        [2, 20],
        [3, 30],
      ]);
      dataset.dispose();
      expect([await count(bob), await count(alice), await count(carol)]).toEqual([0, 0, 0]);
      expect(inputs.isDisposed).toBe(false);
    });

    it('gives batches of each worker, the last ones smaller', async () => {
      const { hook, bob, alice } = given();
      const dataset = hook.federate(examples(9), [bob, alice]);
      const batches = [...dataset.batches({ batchSize: 3 })];
      expect(batches.map(([rows]) => [rows.location.id, rows.shape])).toEqual([
        ['bob', [3, 2]],
        ['bob', [1, 2]],
        ['alice', [3, 2]],
        ['alice', [2, 2]],
      ]);
      const labels = await Promise.all(batches.map(([, label]) => got(label)));
      expect(labels).toEqual([[0, 1, 2], [3], [4, 5, 6], [7, 8]]);
      const whole = [...dataset.batches({ batchSize: 3, dropLast: true })];
      expect(whole.map(([rows]) => rows.shape?.[0])).toEqual([3, 3]);
      expect([...dataset.batches({ batchSize: 100 })].length).toBe(2);
    });

    it('shuffles inputs and labels alike, another way each time unless there is a seed', async () => {
      const { hook, bob, alice } = given();
      const dataset = hook.federate(examples(40), [bob, alice]);
      const read = async (seed?: number) => {
        const batches = [...dataset.batches({ batchSize: 7, shuffle: true, seed })];
        const rows = await Promise.all(batches.map(([inputs]) => got(inputs)));
        const labels = await Promise.all(batches.map(([, label]) => got(label)));
        expect((rows.flat() as number[][]).map(([first]) => first)).toEqual(labels.flat());
        return labels.flat() as number[];
      };
      const [first, again, other, drawn] = [
        await read(1),
        await read(1),
        await read(2),
        await read(),
      ];
      expect(first).toEqual(again);
      expect(first).not.toEqual(other);
      expect(first).not.toEqual(drawn);
      const sorted = (labels: number[]) => [...labels].sort((a, b) => a - b);
      expect(sorted(first.slice(0, 20))).toEqual(Array.from({ length: 20 }, (_, index) => index));
      expect(sorted(drawn).length).toBe(new Set(drawn).size);
    });

    it('is made of what is at workers, in multi-pointers too', async () => {
      const { hook, bob, alice } = given();
      const [a, b] = [tf.range(0, 3).send(bob), tf.range(3, 5).send(alice)];
      const parts = hook.dataset([
        [a, a.mul(2)],
        [b, b.mul(2)],
      ]);
      expect(parts.size).toBe(5);
      const list = [[a], [b]];
      const kept = hook.dataset(list);
      list[0]?.push(b);
      expect(kept.parts[0]?.length).toBe(1);
      expect(kept.parts[0]?.[0]).toBe(a);
      expect(() => (kept.parts as unknown[]).pop()).toThrow(TypeError);
      const both = HookedTensor.combine(a, b);
      const joined = hook.dataset([{ value: both, twice: both.mul(2) }]);
      expect(joined.workers).toEqual([bob, alice]);
      const [, last] = [...joined.batches({ batchSize: 5 })];
      expect(await got(last?.twice as PointerTensor)).toEqual([6, 8]);
      expect(hook.dataset([a, b]).size).toBe(5);
    });

    it('is kept by tidy with all of its tensors, and its batches go', async () => {
      const { hook, bob, alice } = given();
      const dataset = hook.tidy(() => hook.federate(examples(4), [bob, alice]));
      const sum = hook.tidy(() => {
        let total = tf.scalar(0).send(bob);
        for (const [, label] of dataset.at(bob).batches({ batchSize: 1 }))
          total = total.add(label.sum());
        return total;
      });
      expect(await got(sum)).toBe(1);
      expect([await count(bob), await count(alice)]).toEqual([2, 2]);
    });

    it('may be private: batches of it are', async () => {
      const { hook, bob, guest } = given();
      const dataset = hook.federate(examples(4), [bob], { private: true });
      const [batch] = [...dataset.batches({ batchSize: 2, shuffle: true, seed: 1 })];
      await batch?.[1].tag('#batch').ready();
      const [found] = await guest.bob.search('#batch');
      await expect(found?.get()).rejects.toMatchObject({ code: 'get-not-permitted' });
    });

    it('refuses parts that don’t fit, and options that are none', () => {
      const { hook, bob, alice } = given();
      const [a, b] = [tf.ones([3]).send(bob), tf.ones([2]).send(bob)];
      const messageOf = (body: () => unknown) => thrown(body).message;
      expect(messageOf(() => hook.dataset([a, b]))).toMatch(/two parts at one worker.*\[\[x, y\]/);
      expect(messageOf(() => hook.dataset([[a, b]]))).toMatch(/shapes \[3\], \[2\]/);
      expect(messageOf(() => hook.dataset([[a, tf.ones([3]).send(alice)]]))).toMatch(/alice/);
      expect(messageOf(() => hook.dataset([tf.scalar(1).send(bob)]))).toMatch(/shapes \[\]/);
      expect(messageOf(() => hook.dataset([x()]))).toMatch(/federate/);
      expect(messageOf(() => hook.dataset([]))).toMatch(/list of parts/);
      const where = hook.tf.whereAsync(tf.tensor1d([1], 'bool').send(bob));
      expect(messageOf(() => hook.dataset([where]))).toMatch(/not known yet.*ready\(\)/);
      const federate = (tensors: unknown, ...others: unknown[]) =>
        messageOf(() =>
          (hook.federate as (...args: unknown[]) => unknown).call(hook, tensors, ...others),
        );
      expect(federate([a], [bob])).toMatch(/hook\.dataset/);
      expect(federate(x(), bob)).toMatch(/list of workers/);
      expect(federate(x(), [bob, bob])).toMatch(/bob/);
      expect(federate([x(), tf.ones([4])], [bob])).toMatch(/5, 4 examples/);
      expect(federate(tf.ones([1]), [bob, alice])).toMatch(/one for each worker/);
      const dataset = hook.dataset([a]);
      expect(messageOf(() => dataset.at(alice))).toMatch(/no examples at alice.*bob/);
      expect(messageOf(() => dataset.batches({ batchSize: 0 }))).toMatch(/integer from 1/);
      expect(messageOf(() => dataset.batches({ batchsize: 1 } as never))).toMatch(/batchSize/);
    });
  });
}
