import type { z } from 'zod';
import { neverAborted, throwIfAborted, unlessAborted } from '../device/abort.ts';
import type { CoordinatorClient } from '../device/coordinator-client.ts';
import type { CoordinatorProvider, WaitOptions } from '../device/device.ts';
import { type DownloadedVersion, downloadVersion, VERSION_BYTES_MAX } from '../device/download.ts';
import { type OperationContext, progressReporter, waitReporter } from '../device/progress.ts';
import {
  assertModelName,
  type ModelStatus,
  type Operation,
  type ResultObject,
  type RoundStatus,
  type RoundSummary,
  type StartRoundAnswer,
  versionDownloadSchema,
} from '../protocol/index.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { hasOwn } from '../protocol/own-members.ts';
import {
  modelListSchema,
  modelStatusSchema,
  roundListSchema,
  roundStatusSchema,
  startRoundAnswerSchema,
} from './answers.ts';
import { type CreatedModel, createModel } from './create-model.ts';
import {
  type Connections,
  connect,
  type FederationOptions,
  type FederationParts,
  missing,
} from './federation-options.ts';
import {
  checkLimit,
  LIST_ROUNDS_NAMES,
  type ListRoundsOptions,
  type RoundsPage,
} from './list-rounds.ts';
import type { ModelInput } from './model-input.ts';
import { checkRoundInput, type RoundInput } from './round-input.ts';
import { waitForResult } from './wait-for-round.ts';

/** Ends an operation early. */
export interface SignalOptions {
  /** Ends the operation with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Names a request, so that repeating it after a crash is the same as having asked once. */
export interface RequestOptions {
  /** 1 to 128 characters. @default a random UUID */
  readonly requestId?: string | undefined;
}

/** How to end a round by hand. */
export interface EndRoundOptions extends SignalOptions, RequestOptions {
  /**
   * True ends the series or continuous training too.
   *
   * @default false
   */
  readonly stop?: boolean | undefined;
}

const END_ROUND = { closeRound: 'close-round', abortRound: 'abort-round' } as const;

const END_ROUND_NAMES: OptionNames<EndRoundOptions> = { requestId: true, stop: true, signal: true };

/**
 * One deployment, seen from outside: operators create models and run rounds by invoking the coordinator
 * function; devices and readers use its URL with a token. Every method retries what can pass and
 * may be repeated without harm.
 *
 * Every method throws {@link ObjectInvalidError} `model-name` for a name no model can have,
 * {@link RequestRefusedError} with the coordinator's code when it refuses,
 * {@link InvocationFailedError} when attempts are used up, {@link DeploymentError}
 * `coordinator-function-missing` or `invoke-refused` when it can't reach the operator's half, and
 * `signal.reason` when aborted.
 *
 * @example
 * ```ts
 * const federation = new Federation({ coordinatorFunction, region });
 * await federation.createModel({ model: 'digits', plan, weights });
 * const { round } = await federation.startRound('digits', { goal: 20, minimum: 10, deadlineSeconds: 120 });
 * const result = await federation.waitForRound('digits', round);
 * ```
 */
export class Federation implements CoordinatorProvider {
  readonly #connections: Connections;

  /**
   * @param parts - Replaceable parts, for tests.
   * @throws {@link DeploymentError} `coordinator-url-invalid`, `function-name-invalid`, `endpoint-invalid`;
   * `TypeError` naming an unknown option.
   */
  constructor(options: FederationOptions, parts: FederationParts = {}) {
    this.#connections = connect(options, parts);
  }

  /** @internal */
  coordinator(): CoordinatorClient {
    return this.#connections.coordinator ?? missing('coordinatorUrl', 'A device');
  }

  /**
   * Creates a model and its version 0.
   *
   * @param input - Name, plan (defaults are filled in) and first weights, all F32 and finite.
   * @throws {@link ObjectInvalidError} `wrong-dtype`, `wrong-shape`, `size-mismatch`, `not-finite`,
   * `role-unknown-tensor`, `model-name`, `json-invalid`, each naming tensor or field; `plan-too-large`.
   * @throws {@link RequestRefusedError} `model-exists` and others.
   */
  createModel(
    input: ModelInput & RequestOptions,
    options: WaitOptions = {},
  ): Promise<CreatedModel> {
    return this.#run(options, async (context) =>
      createModel(input, this.#operator('createModel'), context),
    );
  }

  /**
   * Opens a round, or the first of a series.
   *
   * @returns Number, base version and deadline (milliseconds since the epoch) of the round.
   * @throws {@link ObjectInvalidError} `json-invalid` naming the setting; `minimum-not-below-goal`.
   * @throws {@link RequestRefusedError} `round-open` naming the open round, and others.
   */
  async startRound(
    model: string,
    input: RoundInput & RequestOptions,
    options: SignalOptions = {},
  ): Promise<StartRoundAnswer> {
    const checked = checkRoundInput(input);
    const { requestId = crypto.randomUUID() } = input;
    return this.#ask(
      { schema: 1, operation: 'start-round', requestId, model, ...checked },
      startRoundAnswerSchema,
      options,
    );
  }

  /**
   * Waits until a round has a result: `published` or `aborted`, both are normal.
   */
  waitForRound(model: string, round: number, options: SignalOptions = {}): Promise<ResultObject> {
    return this.#run(options, (context) =>
      waitForResult(() => this.round(model, round, { signal: context.signal }), context),
    );
  }

  /**
   * Ends a round's collection now; what was uploaded is aggregated.
   *
   * @throws `TypeError` naming an unknown option.
   */
  closeRound(model: string, round: number, options: EndRoundOptions = {}): Promise<RoundStatus> {
    return this.#endRound('closeRound', { model, round }, options);
  }

  /**
   * Ends a round without a version; the model stays as it is.
   *
   * @throws `TypeError` naming an unknown option.
   */
  abortRound(model: string, round: number, options: EndRoundOptions = {}): Promise<RoundStatus> {
    return this.#endRound('abortRound', { model, round }, options);
  }

  /** A model's plan, current version and open round. */
  status(model: string, options: SignalOptions = {}): Promise<ModelStatus> {
    return this.#ask({ schema: 1, operation: 'model-status', model }, modelStatusSchema, options);
  }

  /** Where a round stands, and its result once it has one. */
  round(model: string, round: number, options: SignalOptions = {}): Promise<RoundStatus> {
    return this.#ask(
      { schema: 1, operation: 'round-status', model, round },
      roundStatusSchema,
      options,
    );
  }

  /** Names of all models. */
  async models(options: SignalOptions = {}): Promise<readonly string[]> {
    const names: string[] = [];
    let paging: { readonly after?: string } = {};
    for (;;) {
      const operation = { schema: 1, operation: 'list-models', ...paging } as const;
      const { models, next } = await this.#ask(operation, modelListSchema, options);
      names.push(...models);
      if (next === undefined) return names;
      paging = { after: next };
    }
  }

  /**
   * A model's rounds, newest first: all of them, read page after page, unless `limit` or `before` say
   * otherwise.
   *
   * @throws {@link ObjectInvalidError} `json-invalid` for a limit that is not a positive integer.
   */
  async rounds(model: string, options: ListRoundsOptions = {}): Promise<readonly RoundSummary[]> {
    return (await this.roundsPage(model, options)).rounds;
  }

  /**
   * As {@link Federation.rounds}, with the `before` to go on from where `limit` left older rounds out.
   *
   * @internal
   */
  async roundsPage(model: string, options: ListRoundsOptions = {}): Promise<RoundsPage> {
    assertOptionNames('rounds', options, LIST_ROUNDS_NAMES);
    const limit = checkLimit(options.limit);
    const rounds: RoundSummary[] = [];
    let next = options.before;
    do {
      const paging = next === undefined ? {} : { before: next };
      const operation = { schema: 1, operation: 'list-rounds', model, ...paging } as const;
      const page = await this.#ask(operation, roundListSchema, options);
      rounds.push(...page.rounds);
      next = page.next;
    } while (next !== undefined && rounds.length < limit);
    if (rounds.length > limit) next = rounds[limit - 1]?.round;
    return { rounds: rounds.slice(0, limit), next };
  }

  /**
   * Downloads a model version, by whichever half of the coordinator this Federation can reach.
   *
   * @param version - Number of the version, or `head` for the current one.
   * @returns Its number and float32 weights, checked against their SHA-256.
   * @throws {@link RequestRefusedError} `version-unknown`; {@link ObjectInvalidError}
   * `download-corrupt`, `version-too-large`; {@link DeploymentError} `coordinator-url-missing`.
   */
  weights(
    model: string,
    version: number | 'head' = 'head',
    options: WaitOptions = {},
  ): Promise<DownloadedVersion> {
    return this.#run(options, async (context) => {
      const locate = (wanted: number | 'head') => this.#locate(model, wanted, context);
      const download = await locate(version);
      const refresh = () => locate(download.version);
      return downloadVersion({ download, refresh, bytesMax: VERSION_BYTES_MAX }, context);
    });
  }

  #locate(model: string, version: number | 'head', context: OperationContext) {
    const { operator, coordinator } = this.#connections;
    assertModelName(model);
    const operation = { schema: 1, operation: 'version', model, version } as const;
    if (operator !== undefined) return operator.ask(operation, versionDownloadSchema, context);
    return (coordinator ?? missing('coordinatorUrl', 'weights')).version(model, version, context);
  }

  async #endRound(
    method: keyof typeof END_ROUND,
    id: { readonly model: string; readonly round: number },
    options: EndRoundOptions,
  ): Promise<RoundStatus> {
    assertOptionNames(method, options, END_ROUND_NAMES);
    const { requestId = crypto.randomUUID(), stop = false } = options;
    const operation = END_ROUND[method];
    return this.#ask({ schema: 1, operation, requestId, ...id, stop }, roundStatusSchema, options);
  }

  #operator(operation: string) {
    return this.#connections.operator ?? missing('coordinatorFunction', operation);
  }

  #ask<T>(operation: Operation, answer: z.ZodType<T>, options: SignalOptions): Promise<T> {
    return this.#run(options, async (context) => {
      if (hasOwn(operation, 'model')) assertModelName(operation.model);
      return this.#operator(operation.operation).ask(operation, answer, context);
    });
  }

  async #run<T>(
    { signal = neverAborted(), onProgress = this.#connections.onProgress }: WaitOptions,
    work: (context: OperationContext) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    const progress = progressReporter(onProgress, signal);
    const { environment } = this.#connections;
    try {
      return await unlessAborted(
        work({ environment, signal, progress, onWait: waitReporter(progress) }),
        signal,
      );
    } finally {
      progress.close();
    }
  }
}
