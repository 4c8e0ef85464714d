import { CommandError } from '../../protocol/errors.ts';

/** Why a command of a tensor operation is refused. */
export type OperationRefusal =
  | 'argument-invalid'
  | 'argument-missing'
  | 'dtype-unsupported'
  | 'memory-exceeded'
  | 'operation-failed'
  | 'operation-unknown'
  | 'seed-missing'
  | 'shape-unknown'
  | 'tensor-too-large'
  | 'values-invalid'
  | 'work-too-large';

/** The error of a refused command; messages hold shapes and attributes, never a tensor's values. */
export function refusal(code: OperationRefusal, message: string): CommandError {
  return new CommandError(message, { code });
}

/**
 * Refuses a command.
 *
 * @throws {@link CommandError} always.
 */
export function refuse(code: OperationRefusal, message: string): never {
  throw refusal(code, message);
}
