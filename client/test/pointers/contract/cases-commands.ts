import * as tf from '@tensorflow/tfjs';
import { CommandError, type PointerTensor } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { losingAnswers } from './wire.ts';
import { codeOf, count, errorOf, type Given, got, x } from './world.ts';

/** Cases from users of such systems, about how commands travel: together, again, in plans, at any size. */
export function casesOfCommands(given: Given): void {
  describe('cases of commands', () => {
    it('P12 plans: outside tensors are constants of the plan, draws differ from run to run', async () => {
      const { hook, bob } = given();
      const values = new Float32Array([2]);
      const w = tf.tensor1d(values);
      const inputs = [[2]];
      const f = hook.plan((a) => a.mul(w), { inputs });
      const digest = await f.digest();
      w.dispose();
      values[0] = 3;
      const p = tf.tensor1d([1, 2]).send(bob);
      expect(await got(f.run(bob, p))).toEqual([2, 4]);
      const [same, other] = [2, 3].map((value) =>
        hook.plan((a) => a.mul(tf.tensor1d([value])), { inputs }),
      );
      expect(await same?.digest()).toBe(digest);
      expect(await other?.digest()).not.toBe(digest);
      const noisy = hook.plan((a) => a.add(hook.tf.randomNormal([5])));
      const zeros = tf.zeros([5]).send(bob);
      const [first, second] = [noisy.run(bob, zeros), noisy.run(bob, zeros)];
      await losingAnswers(bob, () => first.ready());
      const draw = await got(first.copy());
      expect(await got(first)).toEqual(draw);
      expect(await got(second)).not.toEqual(draw);
    });

    it('P12 plans, the kind behind it: seeds given are kept, gradients draw as values do', async () => {
      const { hook, bob } = given();
      const seeded = hook.plan((a) => a.add(hook.tf.randomNormal([5], 0, 1, 'float32', 7)));
      const zeros = tf.zeros([5]).send(bob);
      expect(await got(seeded.run(bob, zeros))).toEqual(await got(seeded.run(bob, zeros)));
      const draws = (a: PointerTensor) => a.mul(hook.tf.randomUniform([5], 1, 2)).sum();
      const { value, grads } = hook.valueAndGrads(draws)([tf.ones([5]).send(bob)]);
      await losingAnswers(bob, () => value.ready());
      const gradient = (await got(grads[0])) as number[];
      const sum = gradient.reduce((total, item) => total + item, 0);
      expect(await got(value)).toBeCloseTo(sum, 4);
    });

    it('P18 pipelining: a failed step reaches what depends on it, and nothing else', async () => {
      const { bob } = given();
      const p = x().send(bob);
      const bad = p.gather(tf.tensor1d([9], 'int32').send(bob));
      const [b, c] = [bad.add(1), p.add(1)];
      const error = await errorOf(b.get());
      expect(error).toBeInstanceOf(CommandError);
      expect(error.code).toBe('values-invalid');
      const { command } = error as CommandError;
      expect(command).toMatchObject({ op: 'gather', results: [bad.idAtLocation] });
      expect(await got(c)).toEqual([2, 3, 4, 5, 6]);
      expect(await codeOf(bad.get())).toBe('values-invalid');
      expect(await codeOf(b.mul(2).ready())).toBe('values-invalid');
    });

    it('P18 pipelining, the kind behind it: whoever waits hears, whatever they wait for', async () => {
      const { bob, alice, hook } = given();
      const p = x().send(bob);
      const bad = p.gather([9]);
      const plan = hook.plan((a) => a.add(1));
      const waiting = [
        bad.get(),
        bad.ready(),
        bad.move(alice),
        bad.remoteSend(alice),
        bad.send(alice).ready(),
        bad.tag('#bad').ready(),
        bad.allow('carol'),
        bad.at(0).get(),
        hook.tf.concat([p, bad]).get(),
        hook.tf.topk(bad, 1).values.get(),
        plan.run(bob, bad).get(),
        hook
          .valueAndGrads((a) => a.sum())([bad.toFloat()])
          .grads[0].get(),
        x().send(bob, alice).add(0).gather([9]).get(),
      ];
      const lists = [bob.objects(), bob.search('#none'), p.add(1).get()];
      for (const outcome of await Promise.allSettled(waiting)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'values-invalid' } });
        const { reason } = outcome as PromiseRejectedResult;
        expect((reason as CommandError).command?.op).toBe('gather');
      }
      await Promise.all(lists);
      expect(await bad.exists()).toBe(false);
      expect(await got(p)).toEqual([1, 2, 3, 4, 5]);
    });

    it('P20 retries: a random operation has its seed before it first travels', async () => {
      const { alice, hook } = given();
      const p = tf.ones([1_000]).send(alice);
      const dropped = hook.tf.dropout(p, 0.5);
      await losingAnswers(alice, () => dropped.ready());
      await losingAnswers(alice, () => dropped.ready());
      const first = (await got(dropped.copy())) as number[];
      expect(new Set(first)).toEqual(new Set([0, 2]));
      expect(await count(alice)).toBe(2);
      expect(await got(dropped)).toEqual(first);
      expect(await got(hook.tf.dropout(p, 0.5))).not.toEqual(first);
      const given7 = [7, 7].map((seed) => hook.tf.dropout(p, 0.5, undefined, seed));
      const [one, two] = await Promise.all(given7.map(got));
      expect(one).toEqual(two);
    });

    it.each([4.4, 4.6, 5.9, 6.3])('P21 payload: %s MB arrive either way', async (megabytes) => {
      const { alice } = given();
      const length = Math.round((megabytes * 1_000_000) / 4);
      const local = tf.range(0, length);
      const back = await local.send(alice).get();
      expect([back.shape, back.dtype]).toEqual([[length], 'float32']);
      expect(Buffer.compare(bytesOf(back), bytesOf(local))).toBe(0);
      tf.dispose([local, back]);
      expect(await count(alice)).toBe(0);
    });

    it('P21 payload: many large values in one turn, and more commands than one batch takes', async () => {
      const { alice, hook } = given();
      const pointers = Array.from({ length: 20 }, (_, index) =>
        tf.fill([250_000], index).send(alice),
      );
      const tensors = await Promise.all(pointers.map((pointer) => pointer.get()));
      expect(tensors.map((tensor) => tensor.max().arraySync())).toEqual([...pointers.keys()]);
      expect(tensors.map((tensor) => tensor.min().arraySync())).toEqual([...pointers.keys()]);
      tf.dispose(tensors);
      const sum = hook.tidy(() => {
        let p: PointerTensor = tf.scalar(0).send(alice);
        for (let index = 0; index < 4_500; index += 1) p = p.add(1);
        return p;
      });
      expect(await got(sum)).toBe(4_500);
    });

    it('P21 payload, the kind behind it: numbers in arguments that fit no batch are refused alone', async () => {
      const { alice, hook } = given();
      const p = tf.zeros([300_000]).send(alice);
      // Of 18 digits each: 5.4 MB as JSON. Workers in this process take them.
      const numbers = Array.from({ length: 300_000 }, (_, index) => 0.5 + 1 / (index + 3));
      const sums = [p.add(numbers), hook.plan((a) => a.add(numbers)).run(alice, p)];
      const other = p.add(1);
      const expected = bytesOf(tf.tensor1d(numbers));
      for (const sum of sums) {
        const outcome = await sum.get().catch((error: Error) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'batch-too-large' });
        else expect(Buffer.compare(bytesOf(outcome), expected)).toBe(0);
      }
      expect((await other.get()).max().arraySync()).toBe(1);
    });

    it('P21 payload, the kind behind it: numbers in arguments that fit one batch each travel in several', async () => {
      const { alice } = given();
      const p = tf.zeros([120_000]).send(alice);
      const numbers = Array.from({ length: 120_000 }, (_, index) => 0.5 + 1 / (index + 3));
      const sums = Array.from({ length: 4 }, () => p.add(numbers));
      const expected = bytesOf(tf.tensor1d(numbers));
      for (const sum of await Promise.all(sums.map((pointer) => pointer.get()))) {
        expect(Buffer.compare(bytesOf(sum), expected)).toBe(0);
      }
    });
  });
}

function bytesOf(tensor: tf.Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return Buffer.from(buffer, byteOffset, byteLength);
}
