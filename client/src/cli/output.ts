import type { ExplainedError } from './explain-error.ts';
import { linesOf, oneLine, printableJson } from './terminal-text.ts';

/** A stream text goes to. */
type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

/** Where results and everything else go. */
export interface Streams {
  /** Results alone. */
  readonly stdout: Stream;
  /** Notes, progress and errors. */
  readonly stderr: Stream;
}

/** How results look. */
export interface OutputOptions {
  /** One JSON value on stdout instead of text. */
  readonly isJson: boolean;
  /** Stack and causes of errors too. */
  readonly isVerbose: boolean;
}

/** What commands say: one result on stdout, all else on stderr. */
export class Output {
  readonly #streams: Streams;
  readonly #options: OutputOptions;
  #isAnswered = false;

  constructor(streams: Streams, options: OutputOptions) {
    this.#streams = streams;
    this.#options = options;
  }

  /** The stream for progress bars; `undefined` where nobody watches. */
  get terminal(): NodeJS.WritableStream | undefined {
    const { stderr } = this.#streams;
    return stderr.isTTY ? (stderr as NodeJS.WriteStream) : undefined;
  }

  /** The command's result, once. */
  answer(value: unknown, text: string): void {
    if (this.#isAnswered) throw new Error('A command has one result, got a second');
    this.#isAnswered = true;
    const shown = this.#options.isJson
      ? printableJson(JSON.stringify(value, null, 2))
      : linesOf(text);
    this.#streams.stdout.write(`${shown}\n`);
  }

  /** One line for whoever watches. */
  note(text: string): void {
    this.#streams.stderr.write(`${oneLine(text)}\n`);
  }

  /** An error: one sentence and its code; as JSON too when there is no other result. */
  failure({ exitCode, ...explained }: ExplainedError, error: unknown): void {
    const { isVerbose } = this.#options;
    const message = isVerbose
      ? explained.message.replace('add --verbose to see the cause', 'see the cause below')
      : explained.message;
    this.note(`${message} (${explained.code})`);
    if (isVerbose) this.#streams.stderr.write(`${linesOf(stackOf(error))}\n`);
    if (this.#options.isJson && !this.#isAnswered) this.answer({ error: explained }, '');
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? error.message;
  return error.cause === undefined ? stack : `${stack}\nCaused by ${stackOf(error.cause)}`;
}
