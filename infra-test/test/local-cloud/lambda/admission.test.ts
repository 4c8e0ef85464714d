import { describe, expect, it } from 'vitest';
import { Admission } from '../../../src/local-cloud/lambda/admission.ts';

describe('Admission', () => {
  it('admits up to its limit, and again as soon as one leaves', () => {
    const admission = new Admission();
    admission.setLimit(2);
    expect([admission.tryEnter(), admission.tryEnter(), admission.tryEnter()]).toEqual([
      true,
      true,
      false,
    ]);
    admission.leave();
    expect(admission.tryEnter()).toBe(true);
  });

  it('admits who waits in the order they came, and before who comes later', async () => {
    const admission = new Admission();
    admission.setLimit(1);
    admission.tryEnter();
    const order: number[] = [];
    const waits = [1, 2].map((number) => admission.enter().then(() => order.push(number)));
    admission.leave();
    expect(admission.tryEnter()).toBe(false);
    admission.leave();
    await Promise.all(waits);
    expect(order).toEqual([1, 2]);
  });

  it('admits who waits when the limit is raised or lifted', async () => {
    const admission = new Admission();
    admission.setLimit(0);
    const waits = [admission.enter(), admission.enter()];
    admission.setLimit(1);
    await waits[0];
    admission.setLimit(undefined);
    await waits[1];
    expect(admission.tryEnter()).toBe(true);
  });

  it('admits nobody at a limit of 0', () => {
    const admission = new Admission();
    admission.setLimit(0);
    expect(admission.tryEnter()).toBe(false);
  });
});
