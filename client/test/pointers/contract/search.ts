import { describe, expect, it } from 'vitest';
import { count, type Given, got, printed, thrown, x, y } from './world.ts';

/** Labels and searches: section 1.8 of the reference. */
export function search(given: Given): void {
  describe('a search', () => {
    it('finds by id, by tag and by part of the description, every term', async () => {
      const { bob } = given();
      const pointer = x().tag('#a', '#b').describe('mean radius of cells').send(bob);
      y().tag('#b').send(bob);
      const found = async (...terms: string[]) => (await bob.search(...terms)).length;
      expect(await found(pointer.idAtLocation)).toBe(1);
      expect(await found(pointer.idAtLocation.slice(0, 5))).toBe(0);
      expect(await found('#b')).toBe(2);
      expect(await found('#b', '#a')).toBe(1);
      expect(await found('#b', 'radius')).toBe(1);
      expect(await found('#nobody', '#b')).toBe(0);
      expect(await found()).toBe(2);
    });

    it('gives pointers with labels, which leave their objects when they are given up', async () => {
      const { bob } = given();
      const kept = x().tag('#x').describe('five').send(bob);
      const [found] = await bob.search('#x');
      expect(String(found)).toMatch(printed('me', 'bob'));
      expect([found?.tags, found?.description, found?.shape]).toEqual([['#x'], 'five', [5]]);
      found?.dispose();
      expect(await count(bob)).toBe(1);
      kept.dispose();
      expect(await count(bob)).toBe(0);
    });

    it('finds what was labelled after it was sent, and the newest label of several', async () => {
      const { bob } = given();
      const pointer = x().send(bob);
      await pointer.ready();
      pointer.tag('#late').describe('first').describe('second');
      expect((await bob.search('#late', 'second')).length).toBe(1);
      expect((await bob.search('first')).length).toBe(0);
      const sum = pointer.add(1).tag('#sum');
      const [found] = await bob.search('#sum');
      expect(await got(found as never)).toEqual([2, 3, 4, 5, 6]);
      expect(sum.tags).toEqual(['#sum']);
    });

    it('finds chains as chains', async () => {
      const { bob, alice } = given();
      const chain = x().tag('#x').send(bob).send(alice);
      const [found] = await alice.search('#x');
      const sum = (found as never as typeof chain).add(1);
      expect(await got(await sum.get())).toEqual([2, 3, 4, 5, 6]);
      expect(await got((await found?.get()) as never)).toEqual([1, 2, 3, 4, 5]);
      expect(chain.isDisposed).toBe(false);
    });

    it('goes over every worker, and leaves out those without a match', async () => {
      const { hook, bob, alice } = given();
      x().tag('#d').send(bob, alice);
      y().send(given().carol);
      const found = await hook.search('#d');
      expect(Object.keys(found)).toEqual(['bob', 'alice']);
    });

    it('refuses labels that are too long or too many, at once', () => {
      const pointer = x().send(given().bob);
      expect(thrown(() => pointer.tag('#'.repeat(65))).message).toMatch(/1 to 64 characters/);
      expect(thrown(() => pointer.tag('')).message).toMatch(/1 to 64 characters/);
      const many = Array.from({ length: 17 }, (_, index) => `#${index}`);
      expect(thrown(() => x().tag(...many)).message).toMatch(/expected at most 16/);
      expect(thrown(() => x().describe('d'.repeat(1001))).message).toMatch(/at most 1000/);
    });
  });
}
