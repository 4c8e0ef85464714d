/**
 * Reads JSON one value at a time and refuses what `JSON.parse` lets pass: names that appear twice,
 * lone surrogates. Numbers keep their spelling, so `1` and `1.0` stay different; callers can stop at
 * a bound before the rest is read.
 */
import { ObjectInvalidError } from './errors.ts';
import { escapeUnprintable } from './printable.ts';

/** Deepest nesting read: our own files have 3 levels, and recursion has to end somewhere. */
const DEPTH_MAX = 32;

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** True when the string has a UTF-8 form: every surrogate is half of a pair. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * Reads an integer from 0 to 2^53 − 1 written in decimal digits alone: no sign, space, leading zero,
 * fraction or exponent; `undefined` for anything else.
 */
export function parseDecimal(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Shortens a stranger's text for a message and escapes what would not print as itself. */
export function quote(text: string): string {
  return escapeUnprintable(JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text));
}

/** How a cursor speaks of its text. */
export interface JsonCursorOptions {
  /** What is read, for messages; begins a sentence. */
  readonly subject: string;
  /** Code of the error for text that is not JSON. */
  readonly malformedCode: string;
  /** Words besides `true`, `false` and `null` that are read past as a value. @default none */
  readonly extraWords?: readonly string[] | undefined;
}

/**
 * A position in a JSON text. Every `read…` method consumes one value; it answers `undefined` or
 * `false` where the value is of another type.
 *
 * @throws {@link ObjectInvalidError} the options' code, or `duplicate-name`, from every method.
 */
export class JsonCursor {
  readonly #text: string;
  readonly #options: JsonCursorOptions;
  #at = 0;
  #depth = 0;

  constructor(text: string, options: JsonCursorOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** Calls `onMember` with each name; it has to read the member's value. */
  readObject(onMember: (name: string) => void): boolean {
    if (!this.#opens('{')) {
      this.skipValue();
      return false;
    }
    const names = new Set<string>();
    this.#readItems('}', () => {
      const name = this.readString();
      if (name === undefined) throw this.#malformed();
      if (names.has(name)) throw this.#duplicate(name);
      names.add(name);
      this.#expect(':');
      onMember(name);
    });
    return true;
  }

  /** Calls `onElement` before each element; it has to read the element. */
  readArray(onElement: () => void): boolean {
    if (!this.#opens('[')) {
      this.skipValue();
      return false;
    }
    this.#readItems(']', onElement);
    return true;
  }

  /** A string with a UTF-8 form. */
  readString(): string | undefined {
    if (this.#peek() !== '"') return this.#skip();
    const start = this.#at;
    const text = this.#parse(this.#text.slice(start, this.#endOfString()));
    if (typeof text !== 'string' || !isWellFormed(text)) throw this.#malformed();
    return text;
  }

  /** Any number that is finite as a double. */
  readNumber(): number | undefined {
    if (!this.#isAtNumber()) return this.#skip();
    const value = this.#parse(this.#readNumberText());
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  /** An integer as {@link parseDecimal} takes it. */
  readInteger(): number | undefined {
    if (!this.#isAtNumber()) return this.#skip();
    const text = this.#readNumberText();
    this.#parse(text);
    return parseDecimal(text);
  }

  /** Reads `null`, if that is what comes next; anything else is left where it is. */
  readNull(): boolean {
    const isNull = this.#peek() === 'n';
    if (isNull) this.#skipLiteral();
    return isNull;
  }

  /** Reads past a value of any type, as strictly as if it were wanted. */
  skipValue(): void {
    const next = this.#peek();
    if (next === '{') this.readObject(() => this.skipValue());
    else if (next === '[') this.readArray(() => this.skipValue());
    else if (next === '"') this.readString();
    else if (this.#isAtNumber()) this.readNumber();
    else this.#skipLiteral();
  }

  /** Nothing but space is left. */
  readEnd(): void {
    if (this.#peek() !== '') throw this.#malformed();
  }

  #skip(): undefined {
    this.skipValue();
    return undefined;
  }

  #opens(bracket: '{' | '['): boolean {
    if (this.#peek() !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #readItems(close: '}' | ']', readItem: () => void): void {
    if (this.#depth === DEPTH_MAX) throw this.#tooDeep();
    this.#depth += 1;
    if (this.#peek() !== close) {
      readItem();
      while (this.#peek() === ',') {
        this.#at += 1;
        readItem();
      }
    }
    this.#expect(close);
    this.#depth -= 1;
  }

  #skipLiteral(): void {
    const literal = ['true', 'false', 'null', ...this.#extraWords()].find((word) =>
      this.#text.startsWith(word, this.#at),
    );
    if (literal === undefined) throw this.#malformed();
    this.#at += literal.length;
  }

  #isAtNumber(): boolean {
    if (!/[-0-9]/.test(this.#peek())) return false;
    // -Infinity begins as a number does.
    return !this.#extraWords().some((word) => this.#text.startsWith(word, this.#at));
  }

  #extraWords(): readonly string[] {
    return this.#options.extraWords ?? [];
  }

  #readNumberText(): string {
    const start = this.#at;
    while (/[-+.0-9eE]/.test(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  #endOfString(): number {
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit === BACKSLASH) this.#at += 1;
      else if (unit === QUOTE) return ++this.#at;
    }
    throw this.#malformed();
  }

  /** The next character that is not space; empty at the end. */
  #peek(): string {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  #expect(character: string): void {
    if (this.#peek() !== character) throw this.#malformed();
    this.#at += 1;
  }

  /** Lets the engine judge one scalar's spelling. */
  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#malformed(cause);
    }
  }

  #malformed(cause?: unknown): ObjectInvalidError {
    const { subject, malformedCode: code } = this.#options;
    const message = `${subject} is not strict JSON at character ${this.#at}; write it with a JSON library`;
    return new ObjectInvalidError(message, { code, cause });
  }

  #tooDeep(): ObjectInvalidError {
    const { subject, malformedCode: code } = this.#options;
    const message = `${subject} is nested more than ${DEPTH_MAX} levels deep at character ${this.#at} (other readers take more levels); leave such fields out`;
    return new ObjectInvalidError(message, { code });
  }

  #duplicate(name: string): ObjectInvalidError {
    const message = `${this.#options.subject} has the name ${quote(name)} twice in one object, of which readers would keep different ones; keep one`;
    return new ObjectInvalidError(message, { code: 'duplicate-name' });
  }
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}
