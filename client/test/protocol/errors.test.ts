import {
  CommandError,
  DeploymentError,
  errorFromJson,
  GetNotPermittedError,
  InvocationFailedError,
  ObjectInvalidError,
  ObjectNotFoundError,
  RequestRefusedError,
  RoundAbortedError,
  TensorsNotCollocatedError,
  TributaryError,
  UpdateRejectedError,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';

describe('errors', () => {
  it.each([
    [UpdateRejectedError, 'update'],
    [ObjectInvalidError, 'object'],
    [RequestRefusedError, 'request'],
    [CommandError, 'command'],
    [InvocationFailedError, 'invocation'],
    [RoundAbortedError, 'round'],
    [DeploymentError, 'deployment'],
  ] as const)('cross the wire: %o', (ErrorClass, casualty) => {
    const error = new ErrorClass('Disk is full; free some', { code: 'full', detail: { bytes: 3 } });
    const json = JSON.parse(JSON.stringify(error));
    expect(json).toEqual({
      casualty,
      code: 'full',
      message: 'Disk is full; free some',
      detail: { bytes: 3 },
    });
    const rebuilt = errorFromJson(json);
    expect(rebuilt).toBeInstanceOf(ErrorClass);
    expect(rebuilt).toBeInstanceOf(TributaryError);
    expect(rebuilt.name).toBe(ErrorClass.name);
    expect(rebuilt.toJSON()).toEqual(json);
  });

  it.each([
    [CommandError, 'argument-invalid'],
    [CommandError, 'constructor'],
    [ObjectNotFoundError, 'object-not-found'],
    [GetNotPermittedError, 'get-not-permitted'],
    [GetNotPermittedError, 'release-not-permitted'],
    [TensorsNotCollocatedError, 'tensors-not-collocated'],
  ])('of commands keep class and command: %o %s', (ErrorClass, code) => {
    const command = { index: 2, op: 'add', results: ['y'] };
    const error = new ErrorClass('Not there; send it again', { code, detail: { command } });
    const rebuilt = errorFromJson(JSON.parse(JSON.stringify(error)));
    expect(rebuilt).toBeInstanceOf(ErrorClass);
    expect(rebuilt.name).toBe(ErrorClass.name);
    expect((rebuilt as CommandError).command).toEqual(command);
    expect(rebuilt.toJSON()).toEqual(error.toJSON());
  });

  it('keep their cause and leave out an absent detail', () => {
    const cause = new Error('Socket closed');
    const error = new InvocationFailedError('Read failed', { code: 'read', cause });
    expect(error.cause).toBe(cause);
    expect(error.toJSON()).toEqual({
      casualty: 'invocation',
      code: 'read',
      message: 'Read failed',
    });
  });
});
