import type { RoundSettings } from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOf, type SelectionRound, selectedAt } from '../../src/planning/sortition.ts';
import { OPENED_AT, pseudonym, SETTINGS } from '../support/federation.ts';

const key = new Uint8Array(32).fill(7);
const DEADLINE_MS = 60_000;

function round(settings: Partial<RoundSettings>, number = 3): SelectionRound {
  return {
    model: 'digits',
    round: number,
    openedAt: OPENED_AT,
    deadlineAt: OPENED_AT + DEADLINE_MS,
    settings: { ...SETTINGS, ...settings },
  };
}

const settings = fc.record({
  goal: fc.integer({ min: 1, max: 1000 }),
  overSelection: fc.double({ min: 1, max: 100, noNaN: true }),
  population: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
});
const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('A draw', () => {
  it('follows key, model, round and device, and nothing else', () => {
    const device = 'hPjunJRAKHBY_TwAZt_49sJsC7aosehFPndKJmjhGi0';
    const id = { model: 'digits', round: 3 };
    const draw = drawOf(key, id, device);
    expect(draw).toBe(0.3656704529492991);
    expect(drawOf(key, { ...round({}), ...id }, device)).toBe(draw);
    const others = [
      drawOf(new Uint8Array(32), id, device),
      drawOf(key, { ...id, model: 'digit' }, device),
      drawOf(key, { ...id, round: 4 }, device),
      drawOf(key, id, pseudonym(1)),
    ];
    expect(new Set([draw, ...others]).size).toBe(5);
  });

  it('is uniform over devices: each tenth of [0, 1) holds a tenth of them', () => {
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index += 1) {
      const tenth = Math.floor(drawOf(key, { model: 'm', round: 1 }, pseudonym(index)) * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    // Five standard deviations of a binomial count are 150.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('F05: selection', () => {
  it('takes everybody at once without a population', () => {
    fc.assert(
      fc.property(draws, (draw) => {
        expect(selectedAt(round({ population: null }), draw)).toBe(OPENED_AT);
      }),
    );
  });

  it('takes everybody at once where the population is no larger than what is wanted', () => {
    expect(selectedAt(round({ goal: 10, overSelection: 1.5, population: 15 }), 0.999)).toBe(
      OPENED_AT,
    );
  });

  it('takes about goal · overSelection of the population when the round opens', () => {
    const opening = round({ goal: 100, overSelection: 1.5, population: 10_000 });
    let selected = 0;
    for (let index = 0; index < 10_000; index += 1) {
      if (selectedAt(opening, drawOf(key, opening, pseudonym(index))) <= OPENED_AT) selected += 1;
    }
    // 150 expected, standard deviation 12.2.
    expect(selected).toBeGreaterThan(90);
    expect(selected).toBeLessThan(210);
  });

  it('rises linearly to everybody at half of the collection time', () => {
    const opening = round({ goal: 20, overSelection: 1, population: 100 });
    expect(selectedAt(opening, 0.2 - 1e-12)).toBe(OPENED_AT);
    expect(selectedAt(opening, 0.2)).toBe(OPENED_AT);
    expect(selectedAt(opening, 0.4)).toBeCloseTo(OPENED_AT + DEADLINE_MS / 8, -1);
    expect(selectedAt(opening, 0.6)).toBeCloseTo(OPENED_AT + DEADLINE_MS / 4, -1);
    expect(selectedAt(opening, 1 - 2 ** -48)).toBe(OPENED_AT + DEADLINE_MS / 2);
  });

  it('never takes anybody before the opening, and everybody by half of the collection time', () => {
    fc.assert(
      fc.property(settings, draws, (choices, draw) => {
        const at = selectedAt(round(choices), draw);
        expect(Number.isInteger(at)).toBe(true);
        expect(at).toBeGreaterThanOrEqual(OPENED_AT);
        expect(at).toBeLessThanOrEqual(OPENED_AT + DEADLINE_MS / 2);
      }),
    );
  });

  it('takes a smaller draw no later than a larger one, and a larger goal takes nobody later', () => {
    fc.assert(
      fc.property(settings, draws, draws, (choices, one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        expect(selectedAt(round(choices), small)).toBeLessThanOrEqual(
          selectedAt(round(choices), large),
        );
        const more = { ...choices, goal: choices.goal * 2 };
        expect(selectedAt(round(more), one)).toBeLessThanOrEqual(selectedAt(round(choices), one));
      }),
    );
  });
});
