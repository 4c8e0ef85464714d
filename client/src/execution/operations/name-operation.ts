import { CommandError } from '../../protocol/errors.ts';
import { KERNEL_RULES } from '../shapes/kernel-rules.ts';

/**
 * A refusal that names the operation which the caller asked for, and not the kernel of tfjs that
 * checked its arguments; anything else as it is.
 */
export function namingOperation(op: string, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const { message, code, detail } = error;
  const [kernel = ''] = message.split(' ', 1);
  if (!Object.hasOwn(KERNEL_RULES, kernel)) return error;
  return new CommandError(`Operation ${op}${message.slice(kernel.length)}`, { code, detail });
}
