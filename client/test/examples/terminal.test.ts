import { expect, test } from 'vitest';
import { formatBytes, formatPercent, formatUsd } from '../../examples/digits/terminal-format.ts';
import { createPlainLines } from '../../examples/digits/terminal-lines.ts';

test('plain progress is one line a round, however much happens in it', () => {
  const lines: string[] = [];
  const progress = createPlainLines((text) => lines.push(text), {
    round: 2,
    rounds: 10,
    clients: 3,
  });
  for (let step = 0; step <= 100; step += 1) progress.training(step / 100);
  for (let count = 1; count <= 3; count += 1) progress.uploaded(count);
  for (let count = 1; count <= 3; count += 1) progress.answered(count);
  progress.stop();
  expect(lines).toEqual(['Round 2 of 10: 3 devices train']);
});

test('numbers carry their unit', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(999)).toBe('999 B');
  expect(formatBytes(15_936_800)).toBe('15.9 MB');
  expect(formatBytes(2.5e12)).toBe('2500.0 GB');
  expect(formatUsd(0)).toBe('$0.00');
  expect(formatUsd(0.00175183)).toBe('$0.0018');
  expect(formatUsd(0.0000004)).toBe('$0.00000040');
  expect(formatUsd(0.0312)).toBe('$0.031');
  expect(formatUsd(0.5)).toBe('$0.50');
  expect(formatUsd(12.345)).toBe('$12.35');
  expect(formatPercent(0.12345)).toBe('12.35 %');
});
