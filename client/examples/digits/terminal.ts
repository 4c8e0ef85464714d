import { createBars } from './terminal-bars.ts';
import { createPlainLines } from './terminal-lines.ts';
import type { Terminal } from './terminal-progress.ts';

/** Bars on a terminal, plain lines in a pipe or file. */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  const print = (text: string) => {
    stream.write(`${text}\n`);
  };
  return {
    print,
    startRound: (totals) =>
      stream.isTTY ? createBars(stream, totals) : createPlainLines(print, totals),
  };
}
