import { describe, expect, it } from 'vitest';
import { FakeWorld } from '../device/support/fake-world.ts';
import { FakeFunction, operatorIn } from './support/fake-function.ts';

describe('Rounds', () => {
  it('are listed page after page, all of them or no more than a limit', async () => {
    const page = (newest: number, oldest: number) => ({
      model: 'digits',
      rounds: Array.from({ length: newest - oldest + 1 }, (_, index) => ({
        round: newest - index,
        phase: 'aborted',
        reason: 'stalled',
        version: null,
      })),
      ...(oldest > 1 ? { next: oldest } : {}),
    });
    const pages = () => new FakeFunction(page(250, 151), page(150, 51), page(50, 1));
    const all = pages();
    const rounds = await operatorIn(new FakeWorld(), all).rounds('digits');
    expect(rounds.map(({ round }) => round)).toEqual(
      Array.from({ length: 250 }, (_, n) => 250 - n),
    );
    expect(all.operations.map((operation) => 'before' in operation && operation.before)).toEqual([
      false,
      151,
      51,
    ]);

    const some = pages();
    const limited = await operatorIn(new FakeWorld(), some).roundsPage('digits', { limit: 120 });
    expect([limited.rounds.length, limited.rounds.at(-1)?.round, limited.next]).toEqual([
      120, 131, 131,
    ]);
    expect(some.operations).toHaveLength(2);
    const exact = await operatorIn(new FakeWorld(), pages()).roundsPage('digits', { limit: 100 });
    expect([exact.rounds.length, exact.next]).toEqual([100, 151]);
    const whole = await operatorIn(new FakeWorld(), pages()).roundsPage('digits', { limit: 250 });
    expect([whole.rounds.length, whole.next]).toEqual([250, undefined]);
    const federation = operatorIn(new FakeWorld(), pages());
    await expect(federation.rounds('digits', { limit: 0 })).rejects.toMatchObject({
      code: 'json-invalid',
    });
  });
});
