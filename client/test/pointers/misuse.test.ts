/** What untyped code, or a tired person, gives to pointers: each is refused in a sentence that helps. */
import * as tf from '@tensorflow/tfjs';
import { type PointerTensor, TensorHook, VirtualWorker } from '@tributary/client';
import { beforeAll, describe, expect, it } from 'vitest';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });
const alice = new VirtualWorker(hook, { id: 'alice' });
const x = tf.tensor1d([1, 2]);
const pointer = (): PointerTensor => x.send(bob);
const any = (value: unknown) => value as never;

beforeAll(() => tf.ready());

describe('misuse', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'a hook of nothing',
      () => new TensorHook(any(undefined)),
      /^The first argument of TensorHook is nothing, expected the TensorFlow.js module/,
    ],
    [
      'an unknown option of a hook',
      () => new TensorHook(tf, any({ usr: 'x' })),
      /^TensorHook got the unknown option "usr", perhaps meant for "user"/,
    ],
    [
      'an id for a worker',
      () => x.send(any('bob')),
      /^send\(\) got "bob", expected workers such as new VirtualWorker/,
    ],
    ['no worker', () => Reflect.apply(x.send, x, []), /^send\(\) got nothing, expected workers/],
    [
      'a list of workers',
      () => x.send(any([bob, alice])),
      /^send\(\) got a list of 2.*; spread the list, as in send\(\.\.\.workers\)$/,
    ],
    [
      'options first',
      () => x.send(any({ private: true }), bob),
      /^send\(\) got an object, expected workers .* and then perhaps options$/,
    ],
    [
      'an unknown option',
      () => x.send(bob, any({ privat: true })),
      /^send got the unknown option "privat", perhaps meant for "private"/,
    ],
    [
      'openness with conditions',
      () => x.send(bob, { private: false, releaseFrom: 2 }),
      /^send\(\) got private: false with allow or releaseFrom, which make the object private/,
    ],
    [
      '7 dimensions',
      () =>
        tf
          .zeros([0, 1, 1, 1, 1, 1])
          .reshape(any([0, 1, 1, 1, 1, 1, 1]))
          .send(bob),
      /^A tensor of shape \[0,1,1,1,1,1,1\] can't be sent, expected at most 6 dimensions/,
    ],
    [
      'strings',
      () => tf.tensor1d(['a']).send(bob),
      /^send\(\) got a tensor of shape \[1\] and dtype string, expected float32, int32, bool or/,
    ],
    [
      'a user without a name',
      () => new TensorHook(tf, any({ user: 3 })),
      /^The user of TensorHook is 3, expected the name of a user/,
    ],
    [
      'a promise as an operand',
      () => pointer().add(any(Promise.resolve(1))),
      /^Operation add got a Promise in b, expected .*; await the promise first$/,
    ],
    [
      'a text as an operand',
      () => pointer().add(any('a')),
      /^Operation add got "a" in b, expected tensors, numbers, booleans or lists of them$/,
    ],
    [
      'an unknown dtype',
      () => pointer().cast(any('float64')),
      /^Operation cast got "float64" as dtype, expected float32 or int32 or bool or complex64$/,
    ],
    [
      'a number as a tag',
      () => pointer().tag(any(3)),
      /^tag\(\) got 3, expected texts of 1 to 64 characters/,
    ],
    ['no function', () => hook.plan(any(3)), /^hook\.plan got 3, expected a function of pointers$/],
    [
      'an unknown option of a plan',
      () => hook.plan((a) => a.add(1), any({ input: [] })),
      /^plan got the unknown option "input", perhaps meant for "inputs"/,
    ],
    [
      'no worker for a plan',
      () => hook.plan((a) => a.add(1)).run(any(pointer())),
      /^run\(\) takes a worker first; write plan\.run\(bob, \.\.\.pointers\)$/,
    ],
    [
      'an id to move to',
      () => pointer().move(any('alice')),
      /^The destination is "alice", expected a worker; hook\.getWorker/,
    ],
    [
      'nothing to send to',
      () => pointer().remoteSend(any(undefined)),
      /^The destination is nothing, expected a worker/,
    ],
    [
      'an unknown option of get',
      () => pointer().get(any({ kep: true })),
      /^get got the unknown option "kep", perhaps meant for "keep"/,
    ],
    [
      'an unknown option of a multi-pointer',
      () => x.send(bob, alice).get(any({ sum: true })),
      /^get got the unknown option "sum"; expected one of sumResults, keep$/,
    ],
    ['nobody to allow', () => pointer().allow(), /^allow\(\) takes names of users, at least one/],
    [
      'a list to allow',
      () => pointer().allow(any(['carol'])),
      /^allow\(\) takes names of users.*; write allow\('carol', 'dave'\)$/,
    ],
    [
      'a number to search',
      () => bob.search(any(3)),
      /^search\(\) got 3, expected texts: ids, tags/,
    ],
  ])('of %s is refused', async (_, body, message) => {
    const refused = (async () => await body())();
    await expect(refused).rejects.toThrow(message);
    const { code } = await refused.then(
      () => ({ code: 'none' }),
      (error: { readonly code?: unknown }) => error,
    );
    // Options that do not exist are refused alike everywhere, by the type of the error.
    if (/unknown option/.test(message.source)) expect(code).toBeUndefined();
    else expect(code).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });
});
