import { describe, expect, it } from 'vitest';
import { count, errorOf, type Given, got, thrown, x, y } from './world.ts';

/** Workers and their stores: section 1.7 of the reference. */
export function workers(given: Given): void {
  describe('a worker', () => {
    it('lists shapes, dtypes and labels, and never values', async () => {
      const { bob } = given();
      x().tag('#x').describe('numbers').send(bob);
      const [[id, summary] = []] = [...(await bob.objects())];
      expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(summary).toEqual({
        shape: [5],
        dtype: 'int32',
        tags: ['#x'],
        description: 'numbers',
        isPrivate: false,
      });
    });

    it('is the same worker under the same id', async () => {
      const { bob, bobAgain, hook } = given();
      const again = bobAgain();
      expect(await got(x().send(bob).add(y().send(again)))).toEqual([2, 3, 4, 5, 6]);
      expect(hook.getWorker('bob')).toBe(bob);
    });

    it('is another one for another hook, whose objects have another owner', () => {
      const { bob, guest } = given();
      const error = thrown(() => x().send(bob).add(y().send(guest.bob)));
      expect(error.code).toBe('tensors-not-collocated');
      expect(error.message).toMatch(/two hooks/);
    });

    it('is of one class', () => {
      const error = thrown(given().bobOfAnotherClass);
      expect(error.message).toMatch(/VirtualWorker/);
      expect(error.message).toMatch(/LambdaWorker/);
      expect(error.message).toMatch(/bob/);
    });

    it('is emptied of the caller’s objects at once, and not of later ones', async () => {
      const { bob } = given();
      const before = x().send(bob);
      const cleared = bob.clearObjects();
      const after = y().send(bob);
      expect(await cleared).toBe(bob);
      expect(await count(bob)).toBe(1);
      expect(await got(after)).toEqual([1, 1, 1, 1, 1]);
      expect((await errorOf(before.get())).code).toBe('object-not-found');
      expect(await count(bob)).toBe(0);
    });

    it('lists and searches many objects, page by page', async () => {
      const { bob } = given();
      const pointers = Array.from({ length: 510 }, (_, index) =>
        x()
          .tag(index % 2 === 0 ? '#even' : '#odd')
          .send(bob),
      );
      expect(await count(bob)).toBe(510);
      const found = await bob.search('#even');
      expect(found.length).toBe(255);
      for (const pointer of [...pointers, ...found]) pointer.dispose();
      expect(await count(bob)).toBe(0);
    });
  });
}
