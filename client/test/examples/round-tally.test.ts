import { expect, test } from 'vitest';
import { RoundTally } from '../../examples/digits/round-tally.ts';

test('progress of many devices adds up, also of one that uploads without training', () => {
  const shown: [string, number][] = [];
  const tally = new RoundTally(2, {
    training: (share) => shown.push(['training', share]),
    uploaded: (n) => shown.push(['uploaded', n]),
    answered: (n) => shown.push(['answered', n]),
    stop() {},
  });
  tally.report(0, { phase: 'training', done: 5, total: 10, unit: 'batch' });
  tally.report(1, { phase: 'upload', done: 0, total: 800, unit: 'byte' });
  tally.report(1, { phase: 'upload', done: 800, total: 800, unit: 'byte' });
  tally.report(0, { phase: 'download', done: 9, total: 9, unit: 'byte' });
  tally.answer();
  expect(tally.uploadedBytes).toBe(800);
  expect(shown).toEqual([
    ['training', 0.25],
    ['training', 0.75],
    ['uploaded', 1],
    ['answered', 1],
  ]);
});
