import * as tf from '@tensorflow/tfjs';
import { CommandError, type PointerTensor, type RemoteWorker } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { errorOf, type Given, got, x } from './world.ts';

/** How failures travel: section 1.14 of the reference. */
export function errors(given: Given): void {
  describe('a failed command', () => {
    it('fails whatever depends on it with its own error, class, code and command', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      const bad = pointer.gather(tf.tensor1d([9], 'int32').send(bob));
      const dependants = [bad.add(1).mul(2), hook.tf.concat([pointer, bad]), bad];
      for (const dependant of dependants) {
        const error = await errorOf(dependant.get());
        expect(error).toBeInstanceOf(CommandError);
        expect((error as CommandError).command?.op).toBe('gather');
      }
      expect((await errorOf(bad.add(1).ready())).code).toBe('values-invalid');
      expect((await errorOf(bad.copy().add(1).get())).code).toBe('values-invalid');
    });

    it('leads whoever awaits a value to the line where they do', async () => {
      const { bob } = given();
      const bad = x()
        .send(bob)
        .gather(tf.tensor1d([9], 'int32').send(bob));
      async function firstReader(): Promise<void> {
        await bad.get();
      }
      async function secondReader(): Promise<void> {
        await bad.add(1).get();
      }
      const [first, second] = await Promise.all([errorOf(firstReader()), errorOf(secondReader())]);
      expect(first.stack).toMatch(/ firstReader /);
      expect(second.stack).toMatch(/ secondReader /);
    });

    it('leaves what doesn’t depend on it to be done, with what only the batch had', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      const result = hook.tidy(() => {
        const early = pointer.add(1);
        pointer.gather(tf.tensor1d([9], 'int32').send(bob)).tag('#bad');
        return early.mul(2);
      });
      expect(await got(result)).toEqual([4, 6, 8, 10, 12]);
    });

    it('takes nothing along that was deleted on the way', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      await pointer.ready();
      const result = hook.tidy(() => {
        const early = pointer.add(1);
        pointer.dispose();
        const listed = bob.objects();
        failing(bob).tag('#bad');
        return { listed, late: early.mul(2) };
      });
      expect((await result.listed).size).toBeGreaterThan(0);
      expect(await got(result.late)).toEqual([4, 6, 8, 10, 12]);
    });
  });
}

function failing(worker: RemoteWorker): PointerTensor {
  return x()
    .send(worker)
    .gather(tf.tensor1d([9], 'int32').send(worker));
}
