import {
  assertModelName,
  type CheckInAnswer,
  checkInAnswerSchema,
  type OutcomeAnswer,
  outcomeAnswerSchema,
  type RoundId,
  type Slot,
  type SlotRequest,
  slotSchema,
  type VersionDownload,
  versionDownloadSchema,
} from '../protocol/index.ts';
import { type CoordinatorCall, callCoordinator } from './coordinator-call.ts';
import type { Environment } from './environment.ts';
import { NOBODY_THERE_TOTAL_MS, type RetryContext } from './retry.ts';
import { currentToken, type TokenSource } from './token.ts';

/** Where the coordinator is and who asks. */
export interface CoordinatorAddress {
  /** Base URL, with or without a path and a trailing slash. */
  readonly url: string;
  readonly token: TokenSource | undefined;
  readonly environment: Environment;
}

/** How one request ends early, and who is told that it waits. */
export type CallContext = Pick<RetryContext, 'signal' | 'onWait'>;

type Call<T> = Omit<CoordinatorCall<T>, 'url' | 'token' | 'isKnown' | 'onAnswered'> & {
  readonly path: string;
};

/** The device's routes of the coordinator, over HTTPS; every request is repeated until answered. */
export class CoordinatorClient {
  readonly environment: Environment;
  readonly #base: string;
  readonly #token: TokenSource | undefined;
  /** An address that was right once is waited for longer. */
  #hasAnswered = false;

  constructor({ url, token, environment }: CoordinatorAddress) {
    this.environment = environment;
    this.#base = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** Asks for the token itself, which tells who the device is. */
  token(): Promise<string> {
    return currentToken(this.#token);
  }

  checkIn(model: string, context: CallContext): Promise<CheckInAnswer> {
    return this.#call(
      {
        what: `the check-in for model ${model}`,
        method: 'POST',
        path: `${modelPath(model)}/check-in`,
        body: { schema: 1 },
        answer: checkInAnswerSchema,
      },
      context,
    );
  }

  slot(id: RoundId, request: Omit<SlotRequest, 'schema'>, context: CallContext): Promise<Slot> {
    return this.#call(
      {
        what: `the request for a slot of ${nameOf(id)}`,
        method: 'POST',
        path: `${roundPath(id)}/slot`,
        body: { schema: 1, ...request },
        answer: slotSchema,
      },
      context,
    );
  }

  /** @param sha256 - Of the update that is meant. @default the one that this device uploaded */
  outcome(id: RoundId, sha256: string | undefined, context: CallContext): Promise<OutcomeAnswer> {
    const query = sha256 === undefined ? '' : `?sha256=${sha256}`;
    return this.#call(
      {
        what: `the question for the outcome of ${nameOf(id)}`,
        method: 'GET',
        path: `${roundPath(id)}/outcome${query}`,
        answer: outcomeAnswerSchema,
      },
      context,
    );
  }

  version(model: string, version: number | 'head', context: CallContext): Promise<VersionDownload> {
    return this.#call(
      {
        what: `the request for version ${version} of model ${model}`,
        method: 'GET',
        path: `${modelPath(model)}/versions/${version}`,
        answer: versionDownloadSchema,
      },
      context,
    );
  }

  async #call<T>({ path, ...call }: Call<T>, { signal, onWait }: CallContext): Promise<T> {
    const context: RetryContext = {
      environment: this.environment,
      signal,
      onWait,
      nobodyThereTotalMs: this.#hasAnswered ? undefined : NOBODY_THERE_TOTAL_MS,
    };
    const url = `${this.#base}${path}`;
    const onAnswered = () => {
      this.#hasAnswered = true;
    };
    const isKnown = this.#hasAnswered;
    return callCoordinator({ ...call, url, token: this.#token, isKnown, onAnswered }, context);
  }
}

function modelPath(model: string): string {
  assertModelName(model);
  return `/v1/models/${model}`;
}

function roundPath({ model, round }: RoundId): string {
  return `${modelPath(model)}/rounds/${round}`;
}

function nameOf({ model, round }: RoundId): string {
  return `round ${round} of model ${model}`;
}
