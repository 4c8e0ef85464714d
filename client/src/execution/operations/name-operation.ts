import { CommandError } from '../../protocol/errors.ts';
import { KERNEL_RULES } from '../shapes/kernel-rules.ts';

/**
 * A refusal that names the operation which the caller asked for, and not the kernel of tfjs that
 * checked its arguments; anything else as it is.
 */
export function namingOperation(op: string, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const { code, detail } = error;
  const rest = withoutKernel(error.message);
  return rest === undefined ? error : new CommandError(`Operation ${op}${rest}`, { code, detail });
}

/** A refusal of a kernel that an operation's gradient called; it names the operation. */
export function namingGradient(op: string, { message, code, detail }: CommandError): CommandError {
  const rest = withoutKernel(message) ?? ` failed: ${message}`;
  return new CommandError(`The gradient of operation ${op}${rest}`, { code, detail });
}

/** What a message says after the kernel's name; `undefined` if it names none. */
function withoutKernel(message: string): string | undefined {
  const [kernel = ''] = message.split(' ', 1);
  return Object.hasOwn(KERNEL_RULES, kernel) ? message.slice(kernel.length) : undefined;
}
