import type { Cost, Usage } from './costs.ts';
import type { DigitsOptions } from './options.ts';

/** A device whose update didn't count. */
export interface RejectedDevice {
  /** The example's name for it, such as `device-07`. */
  readonly device: string;
  readonly code: string;
}

/** What happened in one round. */
export interface RoundRecord {
  readonly round: number;
  /** Version the round made, or `null` when it was aborted. */
  readonly version: number | null;
  /** Why it was aborted, or `null`. */
  readonly abortReason: string | null;
  /** Share of the test images the model names right after the round, 0 … 1. */
  readonly accuracy: number;
  /** Mean cross-entropy on the test images. */
  readonly loss: number;
  /** Devices that took part. */
  readonly clients: number;
  /** Updates in the published mean. */
  readonly included: number;
  readonly rejected: readonly RejectedDevice[];
  /** Bytes the devices uploaded. */
  readonly uploadedBytes: number;
  /** What was counted, egress to the devices among it. */
  readonly usage: Usage;
  /** Modelled. */
  readonly cost: Cost;
  readonly durationMs: number;
}

/** What happened in a whole run. */
export interface RunRecord {
  readonly options: DigitsOptions;
  /** Tensor backend the devices trained on. */
  readonly backend: string;
  /** Accuracy of the initial weights, 0 … 1. */
  readonly initialAccuracy: number;
  readonly rounds: readonly RoundRecord[];
  /** Bytes of the images and labels of all devices; none of them travelled. */
  readonly imageBytes: number;
  /** The device that sends broken numbers on purpose, to show a rejection. */
  readonly stagedDevice: string;
  /** SHA-256 of the exported model.safetensors, lower-case hex. */
  readonly weightsSha256: string;
}
