import { expect, test } from 'vitest';
import {
  addUsage,
  COST_ITEMS,
  costOf,
  largestItem,
  mapItems,
  PRICE_REGION,
  PRICES,
  PRICES_AS_OF,
  REQUEST_ITEMS,
} from '../../examples/digits/costs.ts';

const nothing = mapItems(() => 0);

test('nothing used costs nothing', () => {
  expect(costOf(nothing).totalUsd).toBe(0);
});

test('known amounts cost what the price lists say', () => {
  const { items, totalUsd } = costOf({
    s3Writes: 1_000_000,
    s3Reads: 1_000_000,
    sqsRequests: 1_000_000,
    lambdaInvocations: 1_000_000,
    lambdaGigabyteSeconds: 1_000,
    schedulerInvocations: 1_000_000,
    egressBytes: 10 * 1024 ** 3,
  });
  expect(items.s3Writes).toBeCloseTo(5, 10);
  expect(items.s3Reads).toBeCloseTo(0.4, 10);
  expect(items.sqsRequests).toBeCloseTo(0.4, 10);
  expect(items.lambdaInvocations).toBeCloseTo(0.2, 10);
  expect(items.lambdaGigabyteSeconds).toBeCloseTo(0.0133334, 10);
  expect(items.schedulerInvocations).toBeCloseTo(1, 10);
  expect(items.egressBytes).toBeCloseTo(0.9, 10);
  expect(totalUsd).toBeCloseTo(7.9133334, 10);
});

test('usages add up item by item', () => {
  const one = mapItems((item) => COST_ITEMS.indexOf(item));
  expect(addUsage([one, one, nothing])).toEqual(mapItems((item) => 2 * COST_ITEMS.indexOf(item)));
});

test('the item that costs most is named with its share, whichever it is', () => {
  const usage = { ...nothing, s3Writes: 100, s3Reads: 250, egressBytes: 1024 ** 2 };
  expect(largestItem(costOf(usage)).item).toBe('s3Writes');
  expect(largestItem(costOf(usage)).share).toBeCloseTo(
    0.0005 / (0.0005 + 0.0001 + 0.09 / 1024),
    10,
  );
  expect(largestItem(costOf({ ...usage, egressBytes: 1024 ** 3 })).item).toBe('egressBytes');
  expect(largestItem(costOf(nothing)).share).toBe(0);
});

test('requests are what S3, SQS, Lambda and Scheduler count one by one', () => {
  expect(REQUEST_ITEMS).toEqual([
    's3Writes',
    's3Reads',
    'sqsRequests',
    'lambdaInvocations',
    'schedulerInvocations',
  ]);
});

test('every price names its source, region and month', () => {
  expect(PRICE_REGION).toMatch(/^[a-z]{2}-[a-z]+-\d$/);
  expect(PRICES_AS_OF).toMatch(/^\d{4}-\d{2}$/);
  for (const item of COST_ITEMS) {
    expect(PRICES[item].source).toMatch(/^https:\/\/aws\.amazon\.com\//);
  }
});
