import { expect, test } from 'vitest';
import { explainStart, HELP, parseCommand } from '../../src/local-server/options.ts';

test('without options it is any free port and a temporary folder', () => {
  expect(parseCommand([])).toEqual({ kind: 'run', command: { port: 0 } });
});

test('every option is read and in the help', () => {
  expect(parseCommand(['--port', '4566', '--data=kept'])).toEqual({
    kind: 'run',
    command: { port: 4566, dataDirectory: 'kept' },
  });
  for (const name of ['--port', '--data', '--federation', '--devices', '--help'])
    expect(HELP).toContain(name);
  expect(parseCommand(['--help', '--port', 'abc'])).toEqual({ kind: 'help' });
});

test('a federation is given devices, two of them unless told otherwise', () => {
  const devicesOf = (...args: string[]) => {
    const parsed = parseCommand(args);
    return parsed.kind === 'run' ? parsed.command.devices : parsed;
  };
  expect(devicesOf()).toBeUndefined();
  expect(devicesOf('--federation')).toEqual(['ada', 'bo']);
  expect(devicesOf('--federation', '--devices', 'carol, dave')).toEqual(['carol', 'dave']);
  expect(devicesOf('--devices', 'carol')).toEqual({
    kind: 'invalid',
    message: 'Option --devices is for a federation; add --federation',
  });
  expect(devicesOf('--federation', '--devices', 'ada', 'bo')).toEqual({
    kind: 'invalid',
    message: "Unexpected argument 'bo'; part the names of devices by commas: --devices ada,bo",
  });
  for (const devices of ['', 'a,', '../a', '.a', 'a b', 'a/b']) {
    expect(devicesOf('--federation', `--devices=${devices}`)).toMatchObject({ kind: 'invalid' });
  }
});

test.each([
  ['--port=abc', 'Option --port got "abc", expected whole numbers from 0 to 65535'],
  ['--port=99999', 'Option --port got "99999", expected whole numbers from 0 to 65535'],
  ['--port=65536', 'Option --port got "65536", expected whole numbers from 0 to 65535'],
  ['--port=', 'Option --port got "", expected whole numbers from 0 to 65535'],
  ['--port=0x10', 'Option --port got "0x10", expected whole numbers from 0 to 65535'],
  ['--data=', 'Option --data got "", expected paths of folders'],
  ['--bogus', "Unknown option '--bogus'; options are --port --data --federation --devices --help"],
])('%s is refused with what was got and what is allowed', (argument, message) => {
  expect(parseCommand([argument])).toEqual({ kind: 'invalid', message });
});

test('errors that are not the user’s to mend are left to whoever can', () => {
  expect(explainStart(new TypeError('x'), { port: 0 })).toBeUndefined();
  const full = Object.assign(new Error('full'), { syscall: 'mkdtemp', code: 'ENOSPC' });
  expect(explainStart(full, { port: 0 })).toBeUndefined();
});
