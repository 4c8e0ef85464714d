import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

/** Most bytes of an invocation's log that its caller can ask for. @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const TAIL_BYTES_MAX = 4_096;

/** The functions' log files, one per function, appended to. */
export class FunctionLogs {
  readonly #directory: string;
  readonly #streams = new Map<string, WriteStream>();
  #isClosed = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Appends text to a function's log; after {@link FunctionLogs.close} nothing is written any more. */
  append(functionName: string, text: string): void {
    if (this.#isClosed) {
      return;
    }
    let stream = this.#streams.get(functionName);
    if (stream === undefined) {
      mkdirSync(this.#directory, { recursive: true });
      stream = createWriteStream(join(this.#directory, `${functionName}.log`), { flags: 'a' });
      // A log that can't be written, as its directory was removed, must not end the cloud.
      stream.on('error', () => this.#streams.delete(functionName));
      this.#streams.set(functionName, stream);
    }
    stream.write(text);
  }

  /** Writes out what is buffered and closes the files. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    await Promise.all(
      streams.map(
        (stream) =>
          new Promise<void>((resolve) => {
            stream.once('close', resolve);
            stream.end();
          }),
      ),
    );
  }
}

/** One output stream of a process: passes on whole lines and knows how much was read. */
export class LineReader {
  byteCount = 0;
  readonly #onLines: (lines: string) => void;
  #rest = '';

  constructor(onLines: (lines: string) => void) {
    this.#onLines = onLines;
  }

  /** Takes what was read. */
  push(chunk: Buffer): void {
    this.byteCount += chunk.length;
    // Latin-1 keeps bytes as they are, so a character cut in two by the pipe survives until its line is whole.
    const text = this.#rest + chunk.toString('latin1');
    const end = text.lastIndexOf('\n') + 1;
    this.#rest = text.slice(end);
    if (end > 0) {
      this.#pass(text.slice(0, end));
    }
  }

  /** Passes on a last line that has no end. */
  flush(): void {
    if (this.#rest !== '') {
      this.#pass(`${this.#rest}\n`);
      this.#rest = '';
    }
  }

  #pass(lines: string): void {
    this.#onLines(Buffer.from(lines, 'latin1').toString());
  }
}

/** The end of a log, as much of it as an invocation returns. */
export function tailOf(log: string): string {
  const bytes = Buffer.from(log.slice(-TAIL_BYTES_MAX));
  let start = Math.max(0, bytes.length - TAIL_BYTES_MAX);
  // Not amid a character: its further bytes begin with the bits 10.
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) {
    start += 1;
  }
  return bytes.toString('utf8', start);
}
