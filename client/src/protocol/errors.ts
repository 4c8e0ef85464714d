/**
 * Operating errors, classed by what dies of them. All cross Lambda and S3 as JSON, so each has a
 * stable `code`, and `errorFromJson` is the inverse of `toJSON`.
 */

/** What is lost when an error of a class is thrown. */
export type Casualty = 'update' | 'object' | 'request' | 'invocation' | 'round' | 'deployment';

/** Wire form of an error. */
export interface ErrorJson {
  readonly casualty: Casualty;
  readonly code: string;
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** What an error carries besides its message. */
export interface TributaryErrorOptions {
  readonly code: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** Base of every error Tributary throws on purpose. */
export abstract class TributaryError extends Error {
  abstract readonly casualty: Casualty;
  /** Stable, kebab-case, meant for programs; messages may change, codes don't. */
  readonly code: string;
  /** Facts for programs, such as the current base version; never tensor values. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;

  constructor(message: string, options: TributaryErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.detail = options.detail;
  }

  toJSON(): ErrorJson {
    return {
      casualty: this.casualty,
      code: this.code,
      message: this.message,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
    };
  }
}

/** One update is out; the round goes on. */
export class UpdateRejectedError extends TributaryError {
  readonly casualty = 'update';
}

/** A file or JSON object can't be read: malformed, newer than the reader, or not what its key says. */
export class ObjectInvalidError extends TributaryError {
  readonly casualty = 'object';
}

/** The coordinator refuses a request; asking again unchanged gives the same refusal. */
export class RequestRefusedError extends TributaryError {
  readonly casualty = 'request';
}

/** This attempt failed; the same step may be tried again and loses nothing. */
export class InvocationFailedError extends TributaryError {
  readonly casualty = 'invocation';
}

/** The round can't be published; the model stays as it is. */
export class RoundAbortedError extends TributaryError {
  readonly casualty = 'round';
}

/** Configuration is wrong or two writers disagree on a function of state: nothing goes on until a person looks. */
export class DeploymentError extends TributaryError {
  readonly casualty = 'deployment';
}

const CLASSES: Readonly<
  Record<Casualty, new (message: string, options: TributaryErrorOptions) => TributaryError>
> = {
  update: UpdateRejectedError,
  object: ObjectInvalidError,
  request: RequestRefusedError,
  invocation: InvocationFailedError,
  round: RoundAbortedError,
  deployment: DeploymentError,
};

/** Rebuilds the error `toJSON` wrote, with the class that fits its casualty. */
export function errorFromJson(json: ErrorJson): TributaryError {
  return new CLASSES[json.casualty](json.message, { code: json.code, detail: json.detail });
}
