import type { CommandArgument, WireCommand } from '../protocol/index.ts';
import { encodeAttributes } from '../protocol/index.ts';
import type { QueuedCommand } from './queued-command.ts';

const encoder = new TextEncoder();

/** The travelling half of a command without tensor data. */
export function plainCommand(
  op: string,
  args: readonly CommandArgument[],
  attributes: Readonly<Record<string, unknown>>,
  results: readonly string[],
): Pick<QueuedCommand, 'bytes' | 'wire'> {
  const command: WireCommand = [op, args, encodeAttributes(attributes), results];
  return { bytes: encoder.encode(JSON.stringify(command)).length, wire: () => command };
}
