import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { codesOf, create, idOf, numbersOf, op, setUp } from './harness.ts';

describe('a batch', () => {
  it('runs a chain of operations and stores what is kept alone', async () => {
    const { store, send } = setUp();
    const before = tf.memory();
    const statuses = await send({
      commands: [
        create('x', [1, 2, 3]),
        op('add', ['x', 'x'], {}, ['t']),
        op('mul', ['t', 'x'], {}, ['y']),
        op('$read', ['y']),
      ],
      keep: [idOf('y')],
    });
    expect(codesOf(statuses)).toEqual(['done', 'done', 'done', 'done']);
    expect(numbersOf(statuses[3])).toEqual([2, 8, 18]);
    expect(store.size).toBe(2);
    expect(tf.memory()).toEqual(before);
  });
});
