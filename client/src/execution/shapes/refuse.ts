import { CommandError } from '../../protocol/errors.ts';

/** Why a command of a tensor operation is refused. */
export type OperationRefusal =
  | 'argument-invalid'
  | 'argument-missing'
  | 'dtype-unsupported'
  | 'operation-failed'
  | 'operation-unknown'
  | 'seed-missing'
  | 'shape-unknown'
  | 'tensor-too-large'
  | 'values-invalid'
  | 'work-too-large';

/**
 * Refuses a command; messages hold shapes and attributes, never a tensor's values.
 *
 * @throws {@link CommandError} always.
 */
export function refuse(code: OperationRefusal, message: string, cause?: unknown): never {
  throw new CommandError(message, { code, ...(cause === undefined ? {} : { cause }) });
}
