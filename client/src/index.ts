/** The client library: devices, operators and readers of one federation. */

export {
  type CoordinatorProvider,
  Device,
  type DeviceOptions,
  type ParticipateOptions,
  type WaitOptions,
} from './device/device.ts';
export type { DownloadedVersion } from './device/download.ts';
export type { DeviceOutcome, FinalOutcome, UploadedUpdate } from './device/outcome.ts';
export type { OnProgress, Progress, ProgressPhase } from './device/progress.ts';
export type { TokenSource } from './device/token.ts';
export type { TrainContext, TrainFunction, TrainProgress, TrainResult } from './device/train.ts';
export { type ModelInput, type PlanInput, UPDATE_RULES_DEFAULT } from './federation/build-plan.ts';
export type { CreatedModel } from './federation/create-model.ts';
export {
  type EndRoundOptions,
  Federation,
  type RequestOptions,
  type SignalOptions,
} from './federation/federation.ts';
export type { FederationOptions } from './federation/federation-options.ts';
export type { WeightInput, WeightInputs } from './federation/initial-weights.ts';
export { OVER_SELECTION_DEFAULT, type RoundInput } from './federation/round-input.ts';
export type {
  AbortedResult,
  AbortReason,
  Json,
  Metrics,
  ModelStatus,
  NamedTensors,
  PublishedResult,
  ResultObject,
  RoundSettings,
  RoundStatus,
  RoundSummary,
  StartRoundAnswer,
  StrategyChoice,
  TensorRole,
  TensorSpec,
  TrainingPlan,
  UpdateRules,
} from './protocol/index.ts';
export {
  DeploymentError,
  InvocationFailedError,
  ObjectInvalidError,
  RequestRefusedError,
  TributaryError,
  UpdateRejectedError,
} from './protocol/index.ts';
