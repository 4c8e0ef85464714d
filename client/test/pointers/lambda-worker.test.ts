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
});
