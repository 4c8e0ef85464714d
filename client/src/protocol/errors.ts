/**
 * Operating errors, classed by what dies of them. All cross Lambda and S3 as JSON, so each has a
 * stable `code`, and `errorFromJson` is the inverse of `toJSON`.
 */

/** What is lost when an error of a class is thrown. */
export type Casualty =
  | 'update'
  | 'object'
  | 'request'
  | 'command'
  | 'invocation'
  | 'round'
  | 'deployment';

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

/** Which command of a batch failed; never its data. */
export interface FailedCommand {
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly op: string;
  /** Ids that its results would have had. */
  readonly results: readonly string[];
}

/** A worker can't do a command; the commands after it were not run. */
export class CommandError extends TributaryError {
  readonly casualty = 'command';

  /** The command that failed; `undefined` for errors found before anything was sent. */
  get command(): FailedCommand | undefined {
    return this.detail?.['command'] as FailedCommand | undefined;
  }
}

/** A command names an object that is not there: never made, fetched, moved, deleted or expired. */
export class ObjectNotFoundError extends CommandError {}

/** An owner does not let the caller have the values of an object, or of what was computed from it. */
export class GetNotPermittedError extends CommandError {}

/** The arguments of one operation are not all at one worker. */
export class TensorsNotCollocatedError extends CommandError {}

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

/** A class of errors that are thrown; {@link TributaryError} itself is none. */
export type TributaryErrorClass = new (
  message: string,
  options: TributaryErrorOptions,
) => TributaryError;

const CLASSES: Readonly<Record<Casualty, TributaryErrorClass>> = {
  update: UpdateRejectedError,
  object: ObjectInvalidError,
  request: RequestRefusedError,
  command: CommandError,
  invocation: InvocationFailedError,
  round: RoundAbortedError,
  deployment: DeploymentError,
};

/** Codes of commands' errors that have a class of their own. */
const COMMAND_CLASSES: ReadonlyMap<string, TributaryErrorClass> = new Map<
  string,
  TributaryErrorClass
>([
  ['object-not-found', ObjectNotFoundError],
  ['get-not-permitted', GetNotPermittedError],
  ['release-not-permitted', GetNotPermittedError],
  ['tensors-not-collocated', TensorsNotCollocatedError],
]);

/** Rebuilds the error `toJSON` wrote, with the class that fits its casualty and code. */
export function errorFromJson(json: ErrorJson): TributaryError {
  const { casualty, code, message, detail } = json;
  const general = CLASSES[casualty];
  const ErrorClass = casualty === 'command' ? (COMMAND_CLASSES.get(code) ?? general) : general;
  return new ErrorClass(message, { code, detail });
}
