import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { LambdaWorker, TensorHook, VirtualWorker } from '@tributary/client';
import { describe, expect, it } from 'vitest';

describe('A worker that is a function', () => {
  it('P01: is the same worker again under the same id, with the same queue', () => {
    const hook = new TensorHook(tf);
    const first = new LambdaWorker(hook, { id: 'alice', functionName: 'worker-alice' });
    const second = new LambdaWorker(hook, { id: 'alice', functionName: 'worker-alice' });
    expect(second.queue).toBe(first.queue);
    expect(hook.getWorker('alice')).toBe(first);
    expect(String(second)).toBe('<LambdaWorker id:alice function:worker-alice>');
  });

  it('P01: is nobody of another class, and no other function', () => {
    const hook = new TensorHook(tf);
    new VirtualWorker(hook, { id: 'bob' });
    expect(() => new LambdaWorker(hook, { id: 'bob', functionName: 'f' })).toThrow(
      /bob is a VirtualWorker already and can't become a LambdaWorker/,
    );
    new LambdaWorker(hook, { id: 'alice', functionName: 'f' });
    expect(() => new VirtualWorker(hook, { id: 'alice' })).toThrow(
      /alice is a LambdaWorker already and can't become a VirtualWorker/,
    );
    expect(() => new LambdaWorker(hook, { id: 'alice', functionName: 'g' })).toThrow(
      /alice is the function f already and can't be g/,
    );
  });

  it('needs a function with a name', () => {
    const hook = new TensorHook(tf);
    expect(() => new LambdaWorker(hook, { id: 'alice', functionName: '' })).toThrow(
      expect.objectContaining({ code: 'function-name-invalid' }),
    );
  });
});

describe('A worker of either kind', () => {
  const hook = new TensorHook(tf);
  it.each<[unknown[], RegExp]>([
    [[], /^The first argument of \w+ is nothing, expected a TensorHook; write new \w+\(hook, /],
    [[{ id: 'bob' }], /^The first argument of \w+ is an object, expected a TensorHook/],
    [[hook], /^The options of \w+ are nothing, expected an object with id, /],
    [[hook, 'bob'], /^The options of \w+ are "bob", expected an object with id, /],
    [[hook, { name: 'bob' }], /^\w+ got the unknown option "name"; expected one of id, /],
    [[hook, {}], /^Option id of \w+ is nothing, expected 1 to 64 of A–Z/],
    [[hook, { id: 'b b' }], /^Option id of \w+ is "b b", expected 1 to 64 of A–Z/],
  ])('says which argument is wrong: %o', (args, message) => {
    for (const Worker of [VirtualWorker, LambdaWorker]) {
      const make = (): unknown => Reflect.construct(Worker, args);
      expect(make).toThrow(TypeError);
      expect(make).toThrow(message);
    }
  });

  it('is printed in a line, and as JSON by its id, without asking it', () => {
    const bob = new VirtualWorker(hook, { id: 'bob' });
    const alice = new LambdaWorker(hook, { id: 'alice', functionName: 'worker-alice' });
    expect(inspect({ bob, alice, me: hook.localWorker })).toBe(
      `{
  bob: <VirtualWorker id:bob #objects:0>,
  alice: <LambdaWorker id:alice function:worker-alice>,
  me: <VirtualWorker id:me #objects:0>
}`,
    );
    expect(JSON.stringify({ bob, alice })).toBe('{"bob":{"id":"bob"},"alice":{"id":"alice"}}');
  });
});
