import { expect, test } from 'vitest';
import { Closers } from '../../src/local-federation/closers.ts';

test('what was started is ended in reverse, all of it, and the first failure is thrown', async () => {
  const ended: number[] = [];
  const closers = new Closers();
  for (const number of [1, 2, 3]) {
    closers.add(async () => {
      ended.push(number);
      if (number > 1) throw new Error(`failure ${number}`);
    });
  }
  await expect(closers.close()).rejects.toThrow('failure 3');
  expect(ended).toEqual([3, 2, 1]);
  await closers.close();
  expect(ended).toHaveLength(3);
});
