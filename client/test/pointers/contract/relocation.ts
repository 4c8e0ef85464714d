import { describe, expect, it } from 'vitest';
import { codeOf, count, errorOf, type Given, got, printed, thrown, x } from './world.ts';

/** Moving and pointers to pointers: section 1.3 of the reference. */
export function relocation(given: Given): void {
  describe('relocation', () => {
    it('moves an object to another worker; the first one loses it', async () => {
      const { bob, alice } = given();
      const pointer = x().tag('#x').send(bob);
      const moved = await pointer.move(alice);
      expect(String(moved)).toMatch(printed('me', 'alice'));
      expect([await count(bob), await count(alice)]).toEqual([0, 1]);
      expect(moved.tags).toEqual(['#x']);
      expect(await codeOf(pointer.get())).toBe('object-not-found');
      expect(await got(moved)).toEqual([1, 2, 3, 4, 5]);
    });

    it('moves to the program itself as get does, and to the same worker not at all', async () => {
      const { bob, hook } = given();
      const pointer = x().send(bob);
      expect(await pointer.move(bob)).toBe(pointer);
      const local = await pointer.move(hook.localWorker);
      expect(local.arraySync()).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(0);
    });

    it('moves a computed object that was never stored before', async () => {
      const { bob, alice } = given();
      const moved = await x().send(bob).add(1).move(alice);
      expect(await got(moved)).toEqual([2, 3, 4, 5, 6]);
    });

    it('sends a pointer: the middle worker holds it, and each get takes one link', async () => {
      const { bob, alice } = given();
      const chain = x().send(bob).send(alice);
      expect(String(chain)).toMatch(printed('me', 'alice'));
      expect([await count(bob), await count(alice)]).toEqual([1, 1]);
      const inner = await chain.get();
      expect(String(inner)).toMatch(printed('me', 'bob'));
      expect([await count(bob), await count(alice)]).toEqual([1, 0]);
      expect(await got(inner)).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(0);
    });

    it('gives up what was computed at the end of a chain and can’t be pointed to', async () => {
      const { bob, alice } = given();
      const chain = x().send(bob).send(alice);
      expect(thrown(() => chain.unique()).message).toMatch(/compute on what get\(\)/);
      expect([await count(bob), await count(alice)]).toEqual([1, 1]);
    });

    it('disposes a chain to its end', async () => {
      const { bob, alice, hook } = given();
      hook.tidy(() => x().send(bob).send(alice)).dispose();
      expect([await count(bob), await count(alice)]).toEqual([0, 0]);
    });

    it('gives up what a fetched chain pointed to with the pointer that came', async () => {
      const { bob, alice, hook } = given();
      const chain = hook.tidy(() => x().send(bob).send(alice));
      (await chain.get()).dispose();
      expect([await count(bob), await count(alice)]).toEqual([0, 0]);
    });

    it('moves an object away and leaves a pointer to it', async () => {
      const { bob, alice } = given();
      const chain = await x().send(bob).remoteSend(alice);
      expect(String(chain)).toMatch(printed('me', 'bob'));
      expect([await count(bob), await count(alice)]).toEqual([1, 1]);
      expect(await got(await chain.get())).toEqual([1, 2, 3, 4, 5]);
      expect([await count(bob), await count(alice)]).toEqual([0, 0]);
    });

    it('has the middle worker fetch the object', async () => {
      const { bob, alice } = given();
      const chain = x().send(bob).send(alice);
      const fetched = await chain.remoteGet();
      expect(String(fetched)).toMatch(printed('me', 'alice'));
      expect([await count(bob), await count(alice)]).toEqual([0, 1]);
      expect(await got(fetched)).toEqual([1, 2, 3, 4, 5]);
    });

    it('refuses to fetch remotely what is no chain', async () => {
      const pointer = x().send(given().bob);
      const error = await errorOf(pointer.remoteGet());
      expect(error.code).toBe('not-a-chain');
      expect(error.message).toMatch(/call get\(\)/);
    });

    it('moves a pointer to a pointer from one middle worker to another', async () => {
      const { bob, alice, carol } = given();
      const moved = await x().send(bob).send(alice).move(carol);
      expect([await count(bob), await count(alice), await count(carol)]).toEqual([1, 0, 1]);
      expect(await got(await moved.get())).toEqual([1, 2, 3, 4, 5]);
    });

    it('computes where the tensors of chains are, whatever their links', async () => {
      const { bob, alice } = given();
      const chain = x().send(bob).send(alice);
      const sum = chain.add(chain).mul(2);
      expect(await got(await sum.get())).toEqual([4, 8, 12, 16, 20]);
      const [first] = chain.split([2, 3]);
      expect(await got((await first?.get()) as never)).toEqual([1, 2]);
      const mixed = thrown(() => chain.add(x().send(alice) as never));
      expect(mixed.code).toBe('tensors-not-collocated');
    });

    it('takes an object to one place alone when two are asked for at once', async () => {
      const { bob, alice, carol } = given();
      const pointer = x().send(bob);
      const taking = [
        pointer.move(alice),
        pointer.move(carol),
        pointer.move(alice),
        pointer.remoteSend(carol),
        pointer.get(),
      ];
      const [first, ...others] = await Promise.allSettled(taking);
      expect(first?.status).toBe('fulfilled');
      for (const other of others) {
        if (other.status === 'fulfilled') throw new Error('Taken twice');
        expect(other.reason.code).toBe('object-not-found');
        expect(other.reason.message).toMatch(/already moved to alice by move\(\); use the pointer/);
      }
      expect([await count(bob), await count(alice), await count(carol)]).toEqual([0, 1, 0]);
      expect(await got(await (taking[0] as never))).toEqual([1, 2, 3, 4, 5]);
    });

    it('moves nothing away from a get that takes it, and lets others read it on the way', async () => {
      const { bob, alice } = given();
      const pointer = x().send(bob);
      const getting = [pointer.get(), pointer.get({ keep: true }), pointer.get()];
      const moving = pointer.move(alice);
      expect((await errorOf(moving)).message).toMatch(/already fetched by get\(\)/);
      for (const value of await Promise.all(getting)) {
        expect(value.arraySync()).toEqual([1, 2, 3, 4, 5]);
      }
      expect([await count(bob), await count(alice)]).toEqual([0, 0]);
    });

    it('takes a chain’s end once, and a multi-pointer’s parts', async () => {
      const { bob, alice, carol } = given();
      const chain = x().send(bob).send(alice);
      const remote = [chain.remoteGet(), chain.remoteGet()];
      const [first, second] = await Promise.allSettled(remote);
      expect([first?.status, second?.status]).toEqual(['fulfilled', 'rejected']);
      expect(await count(alice)).toBe(1);
      const both = x().send(bob, carol);
      const getting = both.get();
      const moving = both.parts[0]?.move(alice) as Promise<unknown>;
      expect((await errorOf(moving)).message).toMatch(/already fetched by get\(\)/);
      expect(await getting).toHaveLength(2);
      expect([await count(bob), await count(carol)]).toEqual([0, 0]);
    });

    it('may be tried again when the first try failed', async () => {
      const { bob, alice } = given();
      const failed = x().send(bob).gather([9]);
      expect(await codeOf(failed.move(alice))).toBe('values-invalid');
      expect(await codeOf(failed.move(alice))).toBe('values-invalid');
      const pointer = x().send(bob);
      await errorOf(pointer.move('alice' as never));
      expect(await got(await pointer.move(alice))).toEqual([1, 2, 3, 4, 5]);
    });

    it('says where an object went, and which pointer to use instead', async () => {
      const { bob, alice } = given();
      const moved = x().send(bob);
      await moved.move(alice);
      const sent = x().send(bob);
      await sent.remoteSend(alice);
      const fetched = x().send(bob);
      await fetched.get();
      const shortened = x().send(bob).send(alice);
      await shortened.remoteGet();
      const disposed = x().send(bob);
      disposed.dispose();
      const cleared = x().send(bob);
      await cleared.ready();
      await bob.clearObjects();
      const cases = [
        [moved, /already moved to alice by move\(\); use the pointer that move\(\) gave$/],
        [sent, /already moved to alice by remoteSend\(\); use the pointer that remoteSend/],
        [fetched, /already fetched by get\(\); use get\({ keep: true }\)/],
        [shortened, /already given up by remoteGet\(\); use what remoteGet\(\) gave$/],
        [disposed, /this pointer was disposed/],
        [cleared, /deleted by clearObjects\(\); send it again$/],
      ] as const;
      for (const [pointer, message] of cases) {
        for (const use of [() => pointer.get(), () => pointer.remoteGet()]) {
          const error = await errorOf(use());
          expect(error.code).toBe('object-not-found');
          expect(error.message).toMatch(message);
        }
        expect(thrown(() => pointer.add(1)).message).toMatch(message);
      }
    });

    it('goes through three links', async () => {
      const { bob, alice, carol } = given();
      const chain = x().send(bob).send(alice).send(carol);
      const value = await (await (await chain.get()).get()).get();
      expect(value.arraySync()).toEqual([1, 2, 3, 4, 5]);
      const counts = [await count(bob), await count(alice), await count(carol)];
      expect(counts).toEqual([0, 0, 0]);
    });
  });
}
