import * as tf from '@tensorflow/tfjs';
import { GetNotPermittedError, type PointerTensor, VirtualWorker } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import {
  codeOf,
  count,
  errorOf,
  type Given,
  type Guest,
  got,
  thrown,
  valuesOf,
  x,
  y,
} from './world.ts';

/** A pointer to the one object that somebody else finds by a tag. */
async function theOne({ bob }: Guest, tag: string): Promise<PointerTensor> {
  const [found, ...others] = await bob.search(tag);
  if (found === undefined || others.length > 0) throw new Error(`Not one object has ${tag}`);
  return found;
}

/** Who may read: section 1.9 of the reference. */
export function permissions(given: Given): void {
  describe('permissions', () => {
    it('let nobody but the sender read a private object, and anybody see its form', async () => {
      const { bob, guest } = given();
      const pointer = x().tag('#secret').send(bob, { private: true });
      await pointer.ready();
      const [found] = await guest.bob.search('#secret');
      expect([found?.shape, found?.dtype]).toEqual([[5], 'int32']);
      const error = await errorOf(found?.get() as never);
      expect(error).toBeInstanceOf(GetNotPermittedError);
      expect(error.code).toBe('get-not-permitted');
      expect(error.message).not.toMatch(/1.*2.*3.*4.*5,/);
      expect(valuesOf(await pointer.get({ keep: true }))).toEqual([1, 2, 3, 4, 5]);
      expect(await count(bob)).toBe(1);
    });

    it('carry over to whatever is computed from private objects', async () => {
      const { bob, guest } = given();
      await x().tag('#secret').send(bob, { private: true }).ready();
      const [found] = await guest.bob.search('#secret');
      const results = [found?.sum(), found?.add(1).mul(0), found?.copy(), found?.at(0)];
      for (const result of results) {
        expect((await errorOf(result?.get() as never)).code).toBe('get-not-permitted');
      }
    });

    it('hold for moving an object and for plans too', async () => {
      const { bob, guest } = given();
      await x().tag('#secret').send(bob, { private: true }).ready();
      const found = await theOne(guest, '#secret');
      const { localWorker } = guest.hook;
      expect((await errorOf(found.move(localWorker))).code).toBe('get-not-permitted');
      const plan = guest.hook.plan((a) => a.add(1));
      const ran = plan.run(guest.bob, found);
      expect((await errorOf(ran.get())).code).toBe('get-not-permitted');
      const { value } = guest.hook.valueAndGrads((a) => a.cast('float32').sum())([found]);
      expect((await errorOf(value.get())).code).toBe('get-not-permitted');
    });

    it('tell nothing of private values by a shape or a failure', async () => {
      const { bob, guest } = given();
      await x().tag('#secret').send(bob, { private: true }).ready();
      const found = await theOne(guest, '#secret');
      const { values } = guest.hook.tf.unique(found);
      expect((await errorOf(values.ready())).code).toBe('values-hidden');
      const gathered = tf.zeros([4]).send(guest.bob).gather(found);
      expect((await errorOf(gathered.ready())).code).toBe('values-hidden');
    });

    it('let those whom the sender names read, from the start or later', async () => {
      const { bob, guest } = given();
      const open = x()
        .tag('#open')
        .send(bob, { allow: ['guest'] });
      const later = y().tag('#later').send(bob, { private: true });
      await Promise.all([open.ready(), later.ready()]);
      const [found] = await guest.bob.search('#open');
      expect(valuesOf(await (found as NonNullable<typeof found>).get())).toEqual([1, 2, 3, 4, 5]);
      // Whoever may read may not delete.
      expect(await count(bob)).toBe(2);
      const [other] = await guest.bob.search('#later');
      expect((await errorOf(other?.get() as never)).code).toBe('get-not-permitted');
      await later.allow('guest');
      expect(await got(other as never)).toEqual([1, 1, 1, 1, 1]);
    });

    it('let an owner alone label, open or delete an object', async () => {
      const { bob, guest } = given();
      await x().tag('#x').send(bob).ready();
      const [found] = await guest.bob.search('#x');
      expect(thrown(() => found?.tag('#mine')).code).toBe('not-owner');
      expect((await errorOf(found?.allow('guest') as never)).code).toBe('not-owner');
      found?.dispose();
      await guest.bob.clearObjects();
      expect(await count(bob)).toBe(1);
    });

    it('go along when the owner moves a private object', async () => {
      const { bob, alice } = given();
      const moved = await x().send(alice, { private: true }).move(bob);
      expect((await bob.objects()).get(moved.idAtLocation)?.isPrivate).toBe(true);
      expect(await got(moved)).toEqual([1, 2, 3, 4, 5]);
    });

    it('lose no object to a worker that knows the owner by another name', async () => {
      const { bob, hook } = given();
      const elsewhere = new VirtualWorker(hook, { id: 'elsewhere' });
      const pointer = x().send(bob, { private: true });
      const moving = pointer.move(elsewhere);
      const refusal = await moving.then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal) expect(refusal).toMatchObject({ code: 'get-not-permitted' });
      expect(await got(refusal ? pointer : await moving)).toEqual([1, 2, 3, 4, 5]);
      expect(await count(elsewhere)).toBe(0);
    });

    it('let an owner release a sum over enough private objects, and nothing less', async () => {
      const { bob, hook, guest } = given();
      const sent = [x(), y(), x()].map((local) => local.send(bob, { releaseFrom: 3 }));
      const few = hook.tf.addN(sent.slice(0, 2)).tag('#few');
      const enough = hook.tf.addN(sent).tag('#enough');
      await Promise.all([few.ready(), enough.ready()]);
      expect((await errorOf(few.release())).code).toBe('release-not-permitted');
      const [found] = await guest.bob.search('#enough');
      expect((await errorOf(found?.get() as never)).code).toBe('get-not-permitted');
      await enough.release();
      expect(await got(found as never)).toEqual([3, 5, 7, 9, 11]);
    });

    it('of several owners’ objects need the consent of each of them', async () => {
      const { bob, guest } = given();
      await x().tag('#mine').send(bob, { private: true }).ready();
      const theirs = y().tag('#theirs').send(guest.bob, { private: true });
      const mine = await theOne(guest, '#mine');
      const owner = mine.object.foreignOwner;
      const joint = mine.add(theirs).tag('#joint');
      await joint.ready();
      const found = await theOne({ hook: given().hook, bob }, '#joint');

      const error = (await errorOf(joint.get())) as GetNotPermittedError;
      expect(error.detail?.['owners']).toEqual([owner]);
      expect(error.message).toContain(`${owner} must agree first`);
      expect(await codeOf(found.get())).toBe('get-not-permitted');

      await found.allow('guest');
      await found.allow('guest');
      expect(valuesOf(await joint.get({ keep: true }))).toEqual([2, 3, 4, 5, 6]);
      expect(await codeOf(found.get({ keep: true }))).toBe('get-not-permitted');
      await joint.allow('me');
      expect(valuesOf(await found.get({ keep: true }))).toEqual([2, 3, 4, 5, 6]);
      expect(await got(joint.sub(1))).toEqual([1, 2, 3, 4, 5]);
    });

    it('take the consents of several owners along to another worker', async () => {
      const { bob, hook, alice, guest } = given();
      await y().tag('#theirs').send(guest.bob, { private: true }).ready();
      const joint = x()
        .send(bob, { private: true })
        .add(await theOne({ hook, bob }, '#theirs'))
        .tag('#joint');
      await joint.ready();
      await (await theOne(guest, '#joint')).allow('me');
      const moved = await joint.move(alice);
      expect((await alice.objects()).get(moved.idAtLocation)?.isPrivate).toBe(true);
      expect(await got(moved)).toEqual([2, 3, 4, 5, 6]);
    });

    it('say who must agree when the owner of a result alone does', async () => {
      const { bob, guest } = given();
      await x().tag('#mine').send(bob, { private: true }).ready();
      const mine = await theOne(guest, '#mine');
      const result = mine.mul(2);
      for (const consent of [result.allow('guest'), result.release()]) {
        const error = await errorOf(consent);
        expect(error.code).toBe('not-owner');
        expect(error.message).toMatch(/none of your private values are in it/);
        expect(error.message).toContain(
          `${mine.object.foreignOwner} must agree, by calling allow() on it`,
        );
      }
      expect(await codeOf(result.get())).toBe('get-not-permitted');
    });

    it('are given for every object of a multi-pointer', async () => {
      const { bob, alice, guest } = given();
      const sent = x().tag('#both').send(bob, alice, { private: true });
      await sent.ready();
      const found = await theOne(guest, '#both');
      expect(await codeOf(found.get())).toBe('get-not-permitted');
      await sent.allow('guest');
      expect(await got(found)).toEqual([1, 2, 3, 4, 5]);
      expect(await codeOf(sent.release())).toBe('release-not-permitted');
    });

    it('are options of another form than a list of names only by mistake', () => {
      const { bob } = given();
      const send = (options: unknown) => () => x().send(bob, options as never);
      expect(thrown(send({ allow: 'carol' })).message).toMatch(/list of user names/);
      expect(thrown(send({ allow: [1] })).message).toMatch(/list of user names/);
      expect(thrown(send({ privat: true })).message).toMatch(/privat/);
      expect(thrown(send({ private: 'yes' })).message).toMatch(/a boolean/);
      expect(thrown(send({ releaseFrom: 1 })).message).toMatch(/integers from 2/);
      expect(thrown(send('carol')).message).toMatch(/^The options of send are "carol", expected/);
    });

    it('hold for pointers that are sent too', async () => {
      const { bob, alice, guest } = given();
      const chain = x().tag('#chain').send(alice).send(bob, { private: true });
      await chain.ready();
      const [found] = await guest.bob.search('#chain');
      expect((await errorOf(found?.get() as never)).code).toBe('get-not-permitted');
    });
  });
}
