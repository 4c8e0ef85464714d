import {
  DeploymentError,
  type DeviceOutcome,
  InvocationFailedError,
  ObjectInvalidError,
  RequestRefusedError,
  UpdateRejectedError,
} from '@tributary/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { outcomeText } from '../../src/cli/outcome-text.ts';
import { outcomeExitCode, type Repetition, takePart } from '../../src/cli/take-part.ts';

const NO_ROUND: DeviceOutcome = { kind: 'no-round', retryAfterSeconds: 30 };
const accepted = (round: number): DeviceOutcome => ({ kind: 'accepted', round, version: round });
const unreachable = new InvocationFailedError('Nobody answers', { code: 'unreachable' });
const notCoordinator = new InvocationFailedError('A page', { code: 'not-a-coordinator' });
const corrupt = new ObjectInvalidError('Other bytes', { code: 'download-corrupt' });
const tokenFailed = new DeploymentError('No token', { code: 'token-failed' });
const trainFailed = new InvocationFailedError('Training failed', { code: 'train-failed' });
const diverged = new InvocationFailedError('Training failed', {
  code: 'train-failed',
  cause: Object.assign(new Error('Training diverged'), { code: 'training-diverged' }),
});

/** A device with these outcomes, one after the other; then it is aborted. */
function deviceOf(answers: readonly (DeviceOutcome | Error)[]) {
  const controller = new AbortController();
  const outcomes: string[] = [];
  const failures: Error[] = [];
  const waits: (number | undefined)[] = [];
  let next = 0;
  const participate = async (): Promise<DeviceOutcome> => {
    const answer = answers[next];
    next += 1;
    if (answer === undefined) controller.abort(new Error('Stopped'));
    controller.signal.throwIfAborted();
    if (answer instanceof Error) throw answer;
    return answer as DeviceOutcome;
  };
  const repetition = (rounds: number): Repetition => ({
    device: { participate },
    model: 'm',
    rounds,
    signal: controller.signal,
    onProgress: () => {},
    onOutcome: ({ kind }) => outcomes.push(kind),
    onFailure: ({ error, waitSeconds }) => {
      failures.push(error);
      waits.push(waitSeconds);
    },
  });
  return { outcomes, failures, waits, repetition };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Runs to the end, with whatever it waits for. */
async function finish(work: Promise<void>): Promise<unknown> {
  const ended = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  return ended;
}

describe('takePart', () => {
  it('once ends with the first outcome, also when there was no round', async () => {
    const { outcomes, repetition } = deviceOf([NO_ROUND, accepted(1)]);
    expect(await finish(takePart(repetition(1)))).toBeUndefined();
    expect(outcomes).toEqual(['no-round']);
  });

  it('tells with a failure when the next attempt is, and with the last one that there is none', async () => {
    const { waits, repetition } = deviceOf([notCoordinator, diverged, diverged]);
    await finish(takePart(repetition(Number.POSITIVE_INFINITY)));
    expect(waits).toEqual([60, 60, 120]);
    const last = deviceOf([diverged, diverged]);
    await finish(takePart(last.repetition(2)));
    expect(last.waits).toEqual([60, undefined]);
  });

  it('several times counts rounds alone and waits as long as it is told', async () => {
    const { outcomes, repetition } = deviceOf([NO_ROUND, accepted(1), NO_ROUND, accepted(2)]);
    const startedAt = Date.now();
    expect(await finish(takePart(repetition(2)))).toBeUndefined();
    expect(outcomes).toEqual(['no-round', 'accepted', 'no-round', 'accepted']);
    expect(Date.now() - startedAt).toBe(60_000);
  });

  it('for ever goes on after the federation was out of reach', async () => {
    const { failures, outcomes, repetition } = deviceOf([unreachable, accepted(1)]);
    const ended = await finish(takePart(repetition(Number.POSITIVE_INFINITY)));
    expect(ended).toMatchObject({ message: 'Stopped' });
    expect(failures).toEqual([unreachable]);
    expect(outcomes).toEqual(['accepted']);
  });

  it.each(['non-finite', 'out-of-bounds'])(
    'for ever goes on after numbers that are %s',
    async (code) => {
      const rejected = new UpdateRejectedError('Tensor "w" has changes', { code });
      const { failures, outcomes, repetition } = deviceOf([rejected, accepted(1)]);
      await finish(takePart(repetition(Number.POSITIVE_INFINITY)));
      expect(failures).toEqual([rejected]);
      expect(outcomes).toEqual(['accepted']);
    },
  );

  it('for ever ends with a result that no round would take', async () => {
    const rejected = new UpdateRejectedError('Tensor "w" is missing', { code: 'wrong-tensors' });
    const { repetition } = deviceOf([rejected, accepted(1)]);
    expect(await finish(takePart(repetition(Number.POSITIVE_INFINITY)))).toBe(rejected);
  });

  it.each([
    ['an answer that is not a coordinator', notCoordinator],
    ['a download that was something else', corrupt],
  ])('for ever goes on after %s, once does not', async (_name, failure) => {
    const endless = deviceOf([failure, accepted(1)]);
    await finish(takePart(endless.repetition(Number.POSITIVE_INFINITY)));
    expect(endless.failures).toEqual([failure]);
    expect(endless.outcomes).toEqual(['accepted']);
    expect(await finish(takePart(deviceOf([failure]).repetition(1)))).toBe(failure);
  });

  it('for ever goes on after a token command that failed, if it has ever worked', async () => {
    const worked = deviceOf([accepted(1), tokenFailed, accepted(2)]);
    await finish(takePart(worked.repetition(Number.POSITIVE_INFINITY)));
    expect(worked.outcomes).toEqual(['accepted', 'accepted']);
    const wrong = deviceOf([tokenFailed, accepted(1)]);
    expect(await finish(takePart(wrong.repetition(Number.POSITIVE_INFINITY)))).toBe(tokenFailed);
  });

  it('for ever still ends with a refusal', async () => {
    const refused = new RequestRefusedError('No such model', { code: 'model-unknown' });
    const { repetition } = deviceOf([accepted(1), refused, accepted(2)]);
    expect(await finish(takePart(repetition(Number.POSITIVE_INFINITY)))).toBe(refused);
  });

  it('for ever still ends with training that fails, since it would fail again', async () => {
    const { repetition } = deviceOf([trainFailed, accepted(1)]);
    expect(await finish(takePart(repetition(Number.POSITIVE_INFINITY)))).toBe(trainFailed);
  });

  it('for ever goes on after training that diverged, and waits twice as long each time', async () => {
    const { failures, outcomes, repetition } = deviceOf([
      diverged,
      diverged,
      accepted(1),
      diverged,
      accepted(2),
    ]);
    const startedAt = Date.now();
    await finish(takePart(repetition(Number.POSITIVE_INFINITY)));
    expect(failures).toEqual([diverged, diverged, diverged]);
    expect(outcomes).toEqual(['accepted', 'accepted']);
    expect(Date.now() - startedAt).toBe((60 + 120 + 60) * 1000);
  });

  it('once ends with training that diverged', async () => {
    expect(await finish(takePart(deviceOf([diverged]).repetition(1)))).toBe(diverged);
  });

  it('a number of times counts training that diverged as a round', async () => {
    const { failures, outcomes, repetition } = deviceOf([diverged, accepted(2), accepted(3)]);
    expect(await finish(takePart(repetition(2)))).toBeUndefined();
    expect(failures).toEqual([diverged]);
    expect(outcomes).toEqual(['accepted']);
  });

  it('a number of times does not wait after the last round', async () => {
    const { repetition } = deviceOf([accepted(1), diverged]);
    const startedAt = Date.now();
    expect(await finish(takePart(repetition(2)))).toBeUndefined();
    expect(Date.now() - startedAt).toBe(0);
  });

  it.each([unreachable, notCoordinator, corrupt, tokenFailed])(
    'a number of times goes on after $code, once the federation has answered',
    async (failure) => {
      const { failures, outcomes, repetition } = deviceOf([
        NO_ROUND,
        failure,
        accepted(1),
        accepted(2),
      ]);
      expect(await finish(takePart(repetition(2)))).toBeUndefined();
      expect(failures).toEqual([failure]);
      expect(outcomes).toEqual(['no-round', 'accepted', 'accepted']);
    },
  );

  it('a number of times waits for the first answer, a minute after each of five attempts', async () => {
    const late = deviceOf([
      unreachable,
      notCoordinator,
      unreachable,
      unreachable,
      accepted(1),
      accepted(2),
    ]);
    expect(await finish(takePart(late.repetition(2)))).toBeUndefined();
    expect(late.waits).toEqual([60, 60, 60, 60]);
    expect(late.outcomes).toEqual(['accepted', 'accepted']);

    const wrong = deviceOf([unreachable, unreachable, unreachable, notCoordinator, unreachable]);
    expect(await finish(takePart(wrong.repetition(2)))).toBe(unreachable);
    expect(wrong.waits).toEqual([60, 60, 60, 60]);
  });

  it('once ends at an address that never answered', async () => {
    const { failures, repetition } = deviceOf([unreachable]);
    expect(await finish(takePart(repetition(1)))).toBe(unreachable);
    expect(failures).toEqual([]);
  });

  it.each([2, Number.POSITIVE_INFINITY])(
    '%d times ends with training that fails for another reason',
    async (rounds) => {
      const { repetition } = deviceOf([accepted(1), trainFailed, accepted(2)]);
      expect(await finish(takePart(repetition(rounds)))).toBe(trainFailed);
    },
  );
});

it.each<[DeviceOutcome, number, string]>([
  [accepted(3), 0, 'Round 3 of model m: the update is part of version 3'],
  [{ kind: 'duplicate', round: 3, version: 3 }, 0, 'an earlier update of this device'],
  [{ kind: 'surplus', round: 3 }, 0, 'Round 3 of model m was full'],
  [{ kind: 'late', round: 3 }, 0, 'had ended before'],
  [{ kind: 'received', round: 3, sha256: '0' }, 0, 'has arrived'],
  [{ kind: 'not-selected', round: 3, retryAfterSeconds: 1.5 }, 0, 'ask again in 2 s'],
  [NO_ROUND, 0, 'No round of model m is open; ask again in 30 s'],
  [{ kind: 'rejected', round: 3, code: 'not-finite' }, 5, 'was rejected (not-finite)'],
  [
    { kind: 'rejected', round: 3, code: 'not-finite', duplicate: true },
    5,
    'an earlier update of this device was rejected (not-finite); this one was not stored',
  ],
  [
    { kind: 'rejected', round: 3, code: 'wrong-tensors', detail: { message: 'Tensor \u001b[31m' } },
    5,
    'was rejected (wrong-tensors): Tensor \\u001b[31m',
  ],
  [{ kind: 'aborted', round: 3, reason: 'stalled' }, 3, 'was aborted (stalled)'],
  [
    { kind: 'aborted', round: 3, reason: 'stalled', code: 'not-finite' },
    3,
    'was aborted (stalled), and the update was rejected (not-finite)',
  ],
])('%o has exit code %i', (outcome, exitCode, sentence) => {
  expect(outcomeExitCode(outcome)).toBe(exitCode);
  expect(outcomeText('m', outcome)).toContain(sentence);
});
