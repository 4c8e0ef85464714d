import { expect, test } from 'vitest';
import { selectClients } from '../../examples/digits/client-selection.ts';

test('clients are drawn without repetition, the same for the same seed, and differ by round', () => {
  const input = { seed: 1, devices: 20, clientsPerRound: 5 };
  const first = selectClients({ ...input, round: 1 });
  expect(new Set(first).size).toBe(5);
  expect(first.every((device) => device >= 0 && device < 20)).toBe(true);
  expect(selectClients({ ...input, round: 1 })).toEqual(first);
  const drawn = Array.from({ length: 50 }, (_, index) => selectClients({ ...input, round: index }));
  expect(new Set(drawn.flat()).size).toBe(20);
  expect(new Set(drawn.map(String)).size).toBeGreaterThan(40);
  expect(selectClients({ ...input, round: 1, seed: 2 })).not.toEqual(first);
});

test('when all take part, all are drawn in order', () => {
  expect(selectClients({ seed: 3, round: 1, devices: 4, clientsPerRound: 4 })).toEqual([
    0, 1, 2, 3,
  ]);
});
