import { DeploymentError, RequestRefusedError } from '../protocol/index.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { neverAborted, throwIfAborted, unlessAborted } from './abort.ts';
import { checkDeviceOptions } from './check-device-options.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import {
  awaitOutcome,
  type DeviceOutcome,
  type FinalOutcome,
  type UploadedUpdate,
} from './outcome.ts';
import { participate } from './participate.ts';
import {
  type OnProgress,
  type OperationContext,
  progressReporter,
  waitReporter,
} from './progress.ts';
import { tokenSubject } from './token.ts';
import type { TrainFunction } from './train.ts';
import { Training } from './training.ts';

/** What a device needs of a `Federation`: the way to the coordinator. */
export interface CoordinatorProvider {
  /**
   * @throws {@link DeploymentError} `coordinator-url-missing`.
   * @internal
   */
  coordinator(): CoordinatorClient;
}

/** Who a device is and how it trains. */
export interface DeviceOptions {
  /** The federation, with `coordinatorUrl` and this device's `token`. */
  readonly federation: CoordinatorProvider;
  /**
   * The identity provider's subject of this device. The token decides who the device is; this label is
   * checked against its `sub`, so that two devices' tokens are not mixed up.
   */
  readonly deviceId: string;
  /** Trains on local data; called for one round at a time. */
  readonly train: TrainFunction;
}

/**
 * What demonstrations and tests of misbehaving devices need.
 *
 * @internal
 */
export interface DeviceParts {
  /** True uploads numbers that are not finite or out of bounds, for the aggregator to reject. */
  readonly isUnchecked?: boolean | undefined;
}

/** How to follow an operation and end it early. */
export interface WaitOptions {
  /** Ends the operation with `signal.reason`: no progress and no request follows. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each step of download, training, upload and outcome, and with each wait. */
  readonly onProgress?: OnProgress | undefined;
}

/** How to take part in a round. */
export interface ParticipateOptions extends WaitOptions {
  /**
   * False returns `received` after the upload instead of waiting for the round's result.
   *
   * @default true
   */
  readonly awaitOutcome?: boolean | undefined;
}

const PARTICIPATE_NAMES: OptionNames<ParticipateOptions> = {
  awaitOutcome: true,
  signal: true,
  onProgress: true,
};

/**
 * An edge device: trains where its data lives and uploads only what training changed. Runs in Node and
 * in browsers; keeps nothing in any storage.
 *
 * @example
 * ```ts
 * const federation = new Federation({ coordinatorUrl, token });
 * const device = new Device({ federation, deviceId, train });
 * const outcome = await device.participate('digits');
 * ```
 */
export class Device {
  readonly deviceId: string;
  readonly #client: CoordinatorClient;
  readonly #training: Training;
  readonly #isUnchecked: boolean;
  readonly #participating = new Set<string>();

  /**
   * @throws {@link DeploymentError} `coordinator-url-missing` when the federation has none; `TypeError`
   * naming an option that is missing or of another kind.
   */
  constructor(options: DeviceOptions, parts: DeviceParts = {}) {
    checkDeviceOptions(options);
    const { federation, deviceId, train } = options;
    this.deviceId = deviceId;
    this.#client = federation.coordinator();
    this.#training = new Training(train);
    this.#isUnchecked = parts.isUnchecked === true;
  }

  /**
   * Takes part in a model's open round, once: checks in, downloads the base version, trains, uploads
   * the delta and waits for the outcome. Whatever can pass is retried with the same bytes; when the base
   * has been overtaken, the current one is fetched and trained on, at most twice.
   *
   * @returns What came of it; `no-round` and `not-selected` are normal and say how long to wait.
   * @throws {@link RequestRefusedError} `already-participating`, or a refusal's code, such as
   * `update-too-large`; `storage-refused` or `url-expired` from storage.
   * @throws {@link InvocationFailedError} `train-failed`, `train-result`, `progress-callback-failed`; or
   * `unreachable`, `timed-out`, … when attempts are used up.
   * @throws {@link UpdateRejectedError} before anything is uploaded, naming the tensor: `non-finite` and
   * `out-of-bounds` for numbers that would not count, or another code the aggregator would give.
   * @throws {@link ObjectInvalidError} `download-corrupt` or another code for unreadable answers.
   * @throws {@link DeploymentError} `token-missing`, `token-failed`, `device-id-mismatch`; in browsers
   * `origin-not-allowed`, `mixed-content`, `web-crypto-missing`.
   * @throws `signal.reason` when aborted, exactly once, whatever else happens.
   */
  async participate(model: string, options: ParticipateOptions = {}): Promise<DeviceOutcome> {
    assertOptionNames('participate', options, PARTICIPATE_NAMES);
    if (this.#participating.has(model)) {
      throw new RequestRefusedError(
        `Device ${this.deviceId} is already taking part in model ${model}; wait for that participation or abort it`,
        { code: 'already-participating', detail: { model } },
      );
    }
    this.#participating.add(model);
    // Read now: what the caller changes later must change nothing of a participation under way.
    const { awaitOutcome = true } = options;
    const participation = {
      model,
      client: this.#client,
      training: this.#training,
      awaitOutcome,
      isUnchecked: this.#isUnchecked,
    };
    try {
      return await this.#run(options, (context) => participate(participation, context));
    } finally {
      this.#participating.delete(model);
    }
  }

  /**
   * Waits for the outcome of an update uploaded earlier, as told by `received`.
   *
   * @throws As {@link Device.participate}.
   */
  outcome(update: UploadedUpdate, options: WaitOptions = {}): Promise<FinalOutcome> {
    // A copy, as it was when the caller asked.
    const asked = { ...update };
    return this.#run(options, (context) => awaitOutcome(asked, this.#client, context));
  }

  async #run<T>(options: WaitOptions, work: (context: OperationContext) => Promise<T>): Promise<T> {
    const { signal = neverAborted(), onProgress } = options;
    throwIfAborted(signal);
    const progress = progressReporter(onProgress, signal);
    const checkedWork = async () => {
      await this.#checkSubject();
      const { environment } = this.#client;
      return work({ environment, signal, progress, onWait: waitReporter(progress) });
    };
    try {
      return await unlessAborted(checkedWork(), signal);
    } finally {
      progress.close();
    }
  }

  async #checkSubject(): Promise<void> {
    const subject = tokenSubject(await this.#client.token());
    if (subject === undefined || subject === this.deviceId) return;
    throw new DeploymentError(
      `The token's subject is ${JSON.stringify(subject)}, deviceId is ${JSON.stringify(this.deviceId)}; pass the token of this device or its subject as deviceId`,
      { code: 'device-id-mismatch' },
    );
  }
}
