import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { checkJson } from '../../src/protocol/json.ts';
import { hasOwn, ownMembers, withoutAdditions } from '../../src/protocol/own-members.ts';

/** What an old library adds to every object, and names that messages have members of. */
const ADDED = ['foo', 'extend', 'data', 'statuses', 'plan', 'schema'] as const;

function addToEveryObject(name: string): void {
  Object.defineProperty(Object.prototype, name, {
    value: () => 'inherited',
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

describe.each(ADDED)('a program that adds %s to Object.prototype', (name) => {
  beforeEach(() => addToEveryObject(name));
  afterEach(() => {
    delete (Object.prototype as Record<string, unknown>)[name];
  });

  it('computes at workers as any other', async () => {
    const hook = new TensorHook(tf);
    const [bob, alice] = ['bob', 'alice'].map((id) => new VirtualWorker(hook, { id })) as [
      VirtualWorker,
      VirtualWorker,
    ];
    const x = tf.tensor1d([1, 2]);
    const plan = hook.plan((a) => a.mul(2));

    const sum = (await x.send(bob).sum(0).get()) as tf.Tensor;
    const doubled = (await (await plan.run(bob, x.send(bob)).move(alice)).get()) as tf.Tensor;
    const { grads } = hook.valueAndGrads((a) => a.square().sum())([x.send(bob)]);
    const slope = (await grads[0].get()) as tf.Tensor;

    expect([...sum.dataSync()]).toEqual([3]);
    expect([...doubled.dataSync()]).toEqual([2, 4]);
    expect([...slope.dataSync()]).toEqual([2, 4]);
    expect(await bob.search('#none')).toEqual([]);
  });

  it('reads JSON without the addition, and still refuses unknown members', () => {
    const schema = z.strictObject({ a: z.strictObject({ b: z.array(z.json()) }) });
    const source = { source: 'the document' };
    const value = { a: { b: [{ c: 1 }, null] } };
    const read = checkJson(schema, value, source);

    expect(JSON.stringify(read)).toBe('{"a":{"b":[{"c":1},null]}}');
    expect(() => checkJson(schema, { ...value, [name]: 1 }, source)).toThrow(name);
  });

  it('has its addition while another library runs, and enumerable again', () => {
    const names = withoutAdditions(() => [Object.keys(Object.prototype), Reflect.has({}, name)]);
    expect(names).toEqual([[], true]);
    expect(Object.keys(Object.prototype)).toEqual([name]);
    expect(() =>
      withoutAdditions(() => {
        throw new Error('Failed');
      }),
    ).toThrow('Failed');
    expect(Object.keys(Object.prototype)).toEqual([name]);
  });

  it('has no member that it was not given', () => {
    expect(hasOwn({ a: 1 }, name)).toBe(false);
    expect(Reflect.has(ownMembers({ a: 1 }) as object, name)).toBe(false);
    expect(Reflect.has((ownMembers([{}]) as object[])[0] as object, name)).toBe(false);
  });
});

describe('members of an object', () => {
  it('are read from the value itself where nothing was added', () => {
    const value = { a: 1 };
    expect(ownMembers(value)).toBe(value);
  });
});
