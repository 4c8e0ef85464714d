import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { Output } from '../../src/cli/output.ts';
import { linesOf, oneLine, printableJson } from '../../src/cli/terminal-text.ts';
import { fieldsText, resultText, tableText } from '../../src/cli/text.ts';
import type { AbortedResult } from '../../src/protocol/index.ts';

/** Sets a window's title, rings, clears the screen, goes up a line, turns text round, hides it. */
const COMMANDS = '\u001b]0;owned\u0007\u001b[2J\r\n\u009b1A\u202egnp.exe\u200b';
const SHOWN = '\\u001b]0;owned\\u0007\\u001b[2J\\r\\n\\u009b1A\\u202egnp.exe\\u200b';

/** True for what no output may hold; line breaks are our own. */
function isObeyed(text: string): boolean {
  return [...text].some((character) => {
    const code = character.charCodeAt(0);
    const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    return (isControl && character !== '\n') || code === 0x200b || code === 0x202e;
  });
}

function streams() {
  const shown = { stdout: '', stderr: '' };
  const streamOf = (name: keyof typeof shown) =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          shown[name] += chunk;
          done();
        },
      }),
      { isTTY: true as const },
    );
  return { shown, streams: { stdout: streamOf('stdout'), stderr: streamOf('stderr') } };
}

test('characters that a terminal obeys are shown as their escapes', () => {
  expect(oneLine(COMMANDS)).toBe(SHOWN);
  expect(linesOf(`a\n${COMMANDS.replace('\n', '')}`)).toBe(`a\n${SHOWN.replace('\\n', '')}`);
  expect(oneLine('Größe 4 ✓ 漢字 👍')).toBe('Größe 4 ✓ 漢字 👍');
});

test('JSON keeps its value', () => {
  const value = { name: COMMANDS, list: [1, '\u0080'] };
  const json = printableJson(JSON.stringify(value, null, 2));
  expect(isObeyed(json)).toBe(false);
  expect(JSON.parse(json)).toEqual(value);
});

test('a cell of a table and the value of a field stay on their line', () => {
  expect(tableText(['A'], [[COMMANDS]])).toBe(`A\n${SHOWN}`);
  expect(fieldsText([['Metrics', COMMANDS]])).toBe(`Metrics  ${SHOWN}`);
});

test.each([true, false])('nothing that strangers name gets through (as JSON: %s)', (isJson) => {
  const { shown, streams: to } = streams();
  const output = new Output(to, { isJson, isVerbose: true });
  const result: AbortedResult = {
    schema: 1,
    model: 'digits',
    round: 4,
    requestId: COMMANDS,
    finishedAt: 0,
    stop: false,
    kind: 'aborted',
    reason: 'too-few-updates',
    message: COMMANDS,
    version: 3,
    rejected: [{ device: COMMANDS, code: COMMANDS }],
    rejectedCounts: { [COMMANDS]: 1 },
    excluded: [],
  };
  output.note(COMMANDS);
  output.answer(result, resultText(result));
  const error = new Error(COMMANDS, { cause: COMMANDS });
  output.failure({ code: COMMANDS, message: COMMANDS, exitCode: 1 }, error);
  expect(isObeyed(shown.stdout)).toBe(false);
  expect(isObeyed(shown.stderr)).toBe(false);
  expect(shown.stderr.split('\n')[0]).toBe(SHOWN);
});
