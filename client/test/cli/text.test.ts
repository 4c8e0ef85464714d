import { expect, test } from 'vitest';
import { bytesText, resultText, roundsText, statusText, tableText } from '../../src/cli/text.ts';
import type { AbortedResult, PublishedResult } from '../../src/protocol/index.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1_572_864, '1.5 MiB'],
  [2 ** 42, '4096.0 GiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test('columns are as wide as their widest cell, without blanks at line ends', () => {
  const rows = [
    ['long-name', ''],
    ['b', '22'],
  ];
  expect(tableText(['A', 'B'], rows)).toBe('A          B\nlong-name\nb          22');
});

const common = {
  schema: 1,
  model: 'digits',
  round: 4,
  requestId: 'r',
  finishedAt: 0,
  stop: false,
} as const;

test('a published round tells what counted, and tallies what did not by code', () => {
  const result: PublishedResult = {
    ...common,
    kind: 'published',
    version: 4,
    files: [],
    baseVersion: 3,
    included: 10,
    surplus: 1,
    exampleCount: 500,
    trainingMetrics: {
      loss: { mean: 0.123456, devices: 9, standardDeviation: 0.01, min: 0.1, max: 1e30 },
      accuracy: { mean: 0.5, devices: null, standardDeviation: null, min: null, max: null },
    },
    rejected: [{ device: 'd0', code: 'non-finite' }],
    rejectedCounts: { 'non-finite': 2_000, 'wrong-shape': 1 },
    excluded: [],
    conservation: {
      sealed: 14,
      included: 10,
      rejectedAtHeader: 1,
      rejectedInFold: 2,
      surplus: 1,
      membersDigest: '',
      totalWeight: 500,
    },
  };
  expect(resultText(result)).toBe(
    [
      'Round 4 of model digits published version 4',
      "Included  10 updates; 500 examples, as devices state them up to the plan's cap",
      'Surplus   1',
      'Rejected  2001 (2000 non-finite, 1 wrong-shape)',
      'Training  loss 0.1235 (0.1 to 1e+30, 9 of 10 devices); accuracy 0.5 (of devices on their own data, before averaging)',
    ].join('\n'),
  );
});

test('rejected updates are shown with what was wrong, ten of them', () => {
  const rejected = Array.from({ length: 12 }, (_, at) => ({
    device: `d${at}`,
    code: 'wrong-tensors',
    detail: { message: `Tensor "a\u0007" begins at byte ${at}` },
  }));
  const result: AbortedResult = {
    ...common,
    kind: 'aborted',
    reason: 'too-few-updates',
    message: 'Too few',
    version: 3,
    rejected: [{ device: 'old', code: 'wrong-dtype' }, ...rejected],
    rejectedCounts: { 'wrong-tensors': 12, 'wrong-dtype': 1 },
    excluded: [],
  };
  const lines = resultText(result).split('\n').slice(4);
  expect(lines[0]).toBe('Rejected updates');
  expect(lines[1]).toBe('  d0  wrong-tensors: Tensor "a\\u0007" begins at byte 0');
  expect(lines).toHaveLength(12);
  expect(lines[11]).toBe('  … and 2 more; see --json');
});

test('an aborted round tells why, and where the model stays', () => {
  const result: AbortedResult = {
    ...common,
    kind: 'aborted',
    reason: 'too-few-updates',
    message: 'Too few',
    version: 3,
    rejected: [],
    rejectedCounts: {},
    excluded: [],
  };
  expect(resultText(result)).toBe(
    'Round 4 of model digits was aborted (too-few-updates); the model stays at version 3\nBecause   Too few\nRejected  0',
  );
});

test('where there is nothing yet, the next command is named', () => {
  expect(statusText([])).toContain('npx tributary model create');
  expect(roundsText([])).toContain('npx tributary round start');
});
