import {
  DeploymentError,
  InvocationFailedError,
  ObjectInvalidError,
  RequestRefusedError,
} from '@tributary/client';
import { RoundAbortedError } from '@tributary/client/protocol';
import { expect, test } from 'vitest';
import { CliError, usageError } from '../../src/cli/cli-error.ts';
import { explainError } from '../../src/cli/explain-error.ts';

const of = (Class: new (message: string, options: { code: string }) => Error, code: string) =>
  new Class('Something is so', { code });

test.each([
  [of(RequestRefusedError, 'round-open'), 5],
  [of(RequestRefusedError, 'storage-refused'), 5],
  [of(RequestRefusedError, 'model-unknown'), 6],
  [of(RequestRefusedError, 'round-unknown'), 6],
  [of(RequestRefusedError, 'version-unknown'), 6],
  [of(InvocationFailedError, 'unreachable'), 4],
  [of(InvocationFailedError, 'invoke-failed'), 4],
  [of(InvocationFailedError, 'function-error'), 4],
  [of(InvocationFailedError, 'train-failed'), 1],
  [of(DeploymentError, 'invoke-refused'), 4],
  [of(DeploymentError, 'device-id-mismatch'), 2],
  [of(ObjectInvalidError, 'not-finite'), 2],
  [of(ObjectInvalidError, 'download-corrupt'), 1],
  [usageError('Something is so', 'file-unreadable'), 2],
  [new CliError('Something is so', { code: 'aborted', exitCode: 3 }), 3],
])('%o has exit code %i and keeps its sentence and code', (error, exitCode) => {
  const { code } = error as { code?: string };
  expect(explainError(error)).toMatchObject({ code, message: 'Something is so', exitCode });
});

test('an error of no class of ours is a fault of the program, exit code 1', () => {
  expect(explainError(new TypeError('x is undefined'))).toEqual({
    code: 'internal',
    message: 'Something unforeseen failed: x is undefined; try again with --verbose',
    exitCode: 1,
  });
  expect(explainError('thrown text').exitCode).toBe(1);
  expect(explainError(new RoundAbortedError('Odd', { code: 'odd' })).exitCode).toBe(1);
});

test('a cause that only --verbose shows is offered by that name', () => {
  const error = new InvocationFailedError('Training failed (TypeError); see the cause', {
    code: 'train-failed',
    cause: new TypeError('x is undefined'),
  });
  expect(explainError(error).message).toBe(
    'Training failed (TypeError); add --verbose to see the cause',
  );
});

test('a token source of the command line speaks for itself', () => {
  const cause = usageError('Token file a.jwt is not there', 'token-unavailable');
  const error = new DeploymentError('It failed', { code: 'token-failed', cause });
  expect(explainError(error)).toEqual({
    code: 'token-unavailable',
    message: 'Token file a.jwt is not there',
    exitCode: 2,
  });
});

test('the detail of a refusal is kept for programs', () => {
  const error = new RequestRefusedError('Open', { code: 'round-open', detail: { round: 3 } });
  expect(explainError(error).detail).toEqual({ round: 3 });
});
