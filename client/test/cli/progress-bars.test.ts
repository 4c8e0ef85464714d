import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showDeadline, showParticipation } from '../../src/cli/progress-bars.ts';

/** A terminal that keeps what it is shown. */
function terminal() {
  let shown = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      shown += chunk;
      done();
    },
  });
  const cursor = { clearLine: () => true, cursorTo: () => true, moveCursor: () => true };
  return {
    stream: Object.assign(stream, { isTTY: true, columns: 80, ...cursor }),
    shown: () => shown,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('a participation shows each phase with its own unit', () => {
  const { stream, shown } = terminal();
  const { onProgress, stop } = showParticipation({ terminal: stream, note: vi.fn() });
  for (const [phase, unit] of [
    ['download', 'byte'],
    ['training', 'batch'],
    ['upload', 'byte'],
    ['outcome', 'answer'],
  ] as const) {
    onProgress({ phase, done: 1024, total: 2048, unit });
    vi.advanceTimersByTime(1_000);
  }
  stop();
  stop();
  for (const text of [
    'Download ████████████████░░░░░░░░░░░░░░░░ 1.0 KiB of 2.0 KiB',
    'batch 1024 of 2048',
    'Upload',
    'waiting for the round to end',
  ]) {
    expect(shown()).toContain(text);
  }
  expect(vi.getTimerCount()).toBe(0);
});

test('a watched round shows the time left, then that it aggregates, and ends', () => {
  const { stream, shown } = terminal();
  const now = Date.now();
  const { stop } = showDeadline(stream, { openedAt: now, deadlineAt: now + 10_000 });
  vi.advanceTimersByTime(4_000);
  expect(shown()).toContain('6 s left at most');
  vi.advanceTimersByTime(7_000);
  expect(shown()).toContain('aggregating');
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([true, false])('what is left out of a report is noted, terminal or not: %s', (isTty) => {
  const note = vi.fn();
  const { stream } = terminal();
  const { onProgress, stop } = showParticipation({ terminal: isTty ? stream : undefined, note });
  const reason = 'Metric "loss" is left out: expected a finite number, got NaN';
  const code = 'report-left-out';
  onProgress({ phase: 'notice', done: 1, total: 1, unit: 'notice', code, reason });
  stop();
  expect(note.mock.calls).toEqual([[reason]]);
  expect(vi.getTimerCount()).toBe(0);
});

test('without a terminal a line says when a phase begins and how far it is, and no timer runs', () => {
  const note = vi.fn();
  const { onProgress, stop } = showParticipation({ terminal: undefined, note });
  onProgress({ phase: 'download', done: 0, total: 2_097_152, unit: 'byte' });
  for (let batch = 0; batch < 40; batch += 1) {
    onProgress({ phase: 'training', done: batch, total: 40, unit: 'batch' });
    vi.advanceTimersByTime(600);
  }
  for (let answer = 0; answer < 61; answer += 1) {
    onProgress({ phase: 'outcome', done: 0, total: 1, unit: 'answer' });
    vi.advanceTimersByTime(1_000);
  }
  onProgress({ phase: 'upload', done: 0, total: 2048, unit: 'byte' });
  stop();
  onProgress({ phase: 'outcome', done: 0, total: 1, unit: 'answer' });
  expect(note.mock.calls.flat()).toEqual([
    'Download: 0 B of 2.0 MiB',
    'Training: batch 0 of 40',
    'Training: batch 17 of 40',
    'Training: batch 34 of 40',
    'Outcome: waiting for the round to end',
    'Outcome: waiting for the round to end',
    'Outcome: waiting for the round to end',
  ]);
  showDeadline(undefined, { openedAt: 0, deadlineAt: 1 }).stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('a unit that a training script names reaches the terminal as text', () => {
  const { stream, shown } = terminal();
  const { onProgress, stop } = showParticipation({ terminal: stream, note: vi.fn() });
  onProgress({ phase: 'training', done: 1, total: 2, unit: '\u001b]0;x\u0007step' });
  vi.advanceTimersByTime(1_000);
  stop();
  expect(shown()).toContain('\\u001b]0;x\\u0007step 1 of 2');
});

test('a wait is noted with its reason and its length, terminal or not, and clears the bar', () => {
  const { stream } = terminal();
  for (const shownAt of [stream, undefined]) {
    const note = vi.fn();
    const { onProgress } = showParticipation({ terminal: shownAt, note });
    onProgress({ phase: 'download', done: 1, total: 2, unit: 'byte' });
    const waiting = { phase: 'waiting', done: 2, total: 3, unit: 'attempt' } as const;
    const retryAt = Date.now() + 3_100;
    onProgress({
      ...waiting,
      code: 'unreachable',
      reason: 'No answer from https://a.test',
      retryAt,
    });
    expect(note.mock.calls).toEqual([
      ['Attempt 2 failed, the next is in 4 s: No answer from https://a.test'],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  }
});
