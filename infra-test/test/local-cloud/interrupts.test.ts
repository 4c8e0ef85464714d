import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { InterruptedError, listenForInterrupts } from '../../src/local-cloud/interrupts.ts';

function listener() {
  const source = new EventEmitter();
  const printed: string[] = [];
  const exitCodes: number[] = [];
  let time = 1_000;
  const interrupted = listenForInterrupts((text) => printed.push(text), {
    source,
    exit: (code) => exitCodes.push(code),
    now: () => time,
  });
  const press = (signal: string, afterMs = 0) => {
    time += afterMs;
    source.emit(signal, signal);
  };
  return { printed, exitCodes, interrupted, press };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('the first %s aborts with its exit code and says what the next one does', (signal, exitCode) => {
  const { press, interrupted, printed, exitCodes } = listener();
  press(signal);
  expect(interrupted.reason).toBeInstanceOf(InterruptedError);
  expect(interrupted.reason).toMatchObject({ exitCode, message: `Stopped by ${signal}` });
  expect(printed).toEqual(['\nStopping; once more to stop at once']);
  expect(exitCodes).toEqual([]);
});

test('a Ctrl-C that npm hands on a moment later is the same one', () => {
  const { press, printed, exitCodes } = listener();
  press('SIGINT');
  press('SIGINT', 5);
  press('SIGINT', 195);
  expect(exitCodes).toEqual([]);
  expect(printed).toHaveLength(1);
});

test('a second Ctrl-C ends the process at once', () => {
  const { press, exitCodes } = listener();
  press('SIGINT');
  press('SIGINT', 201);
  expect(exitCodes).toEqual([130]);
});
