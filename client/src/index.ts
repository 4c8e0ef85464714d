/** The client library: devices, operators and readers of one federation, and remote tensors. */

export {
  type CoordinatorProvider,
  Device,
  type DeviceOptions,
  type ParticipateOptions,
  type WaitOptions,
} from './device/device.ts';
export type { DownloadedVersion } from './device/download.ts';
export type { DeviceOutcome, FinalOutcome, UploadedUpdate } from './device/outcome.ts';
export type {
  OnProgress,
  Progress,
  ProgressPhase,
  StepProgress,
  WaitingProgress,
} from './device/progress.ts';
export type { TokenSource } from './device/token.ts';
export type { TrainContext, TrainFunction, TrainProgress, TrainResult } from './device/train.ts';
export { UPDATE_RULES_DEFAULT } from './federation/build-plan.ts';
export type { CreatedModel } from './federation/create-model.ts';
export {
  type EndRoundOptions,
  Federation,
  type RequestOptions,
  type SignalOptions,
} from './federation/federation.ts';
export type { FederationOptions } from './federation/federation-options.ts';
export type { WeightInput, WeightInputs } from './federation/initial-weights.ts';
export type { ListRoundsOptions } from './federation/list-rounds.ts';
export type { ModelInput, PlanInput } from './federation/model-input.ts';
export { OVER_SELECTION_DEFAULT, type RoundInput } from './federation/round-input.ts';
export type { BatchOptions, FederatedBatches } from './pointers/federated-batches.ts';
export type { AtOne, FederatedDataset, Sent } from './pointers/federated-dataset.ts';
export type {
  AuxOutput,
  GradientArgument,
  GradientTree,
  HandleIn,
  ValueAndGradients,
  ValueWithAux,
} from './pointers/gradients.ts';
export { HookedTensor } from './pointers/hooked-tensor.ts';
export type { Index } from './pointers/indexing.ts';
export { LambdaWorker, type LambdaWorkerOptions } from './pointers/lambda-worker.ts';
export type { LocalWorker } from './pointers/local-worker.ts';
export { PointerMisuseError } from './pointers/misuse.ts';
export type { MultiGetOptions, MultiPointerTensor } from './pointers/multi-pointer-tensor.ts';
export type { Plan, PlanArguments, PlanOutput } from './pointers/plan.ts';
export type { PlanArgument, PlanInputForm, PlanInputForms } from './pointers/plan-inputs.ts';
export type { GetOptions, PointerTensor } from './pointers/pointer-tensor.ts';
export type { RemoteNamespace } from './pointers/remote-namespace.ts';
export type { RemoteWorker } from './pointers/remote-worker.ts';
export type { ObjectSummary } from './pointers/search.ts';
export type { SendArguments, SendOptions } from './pointers/send.ts';
export { type PlanOptions, TensorHook, type TensorHookOptions } from './pointers/tensor-hook.ts';
export type { SendableTensor } from './pointers/tensor-methods.ts';
export type {
  AtEach,
  LossOutput,
  RemoteOptimizer,
  TrainingStep,
  TrainingStepResult,
} from './pointers/training/optimizer.ts';
export type {
  AdamOptions,
  MomentumOptions,
  RemoteOptimizers,
  SgdOptions,
} from './pointers/training/optimizers.ts';
export { VirtualWorker, type VirtualWorkerOptions } from './pointers/virtual-worker.ts';
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
  CommandError,
  DeploymentError,
  GetNotPermittedError,
  InvocationFailedError,
  ObjectInvalidError,
  ObjectNotFoundError,
  RequestRefusedError,
  TensorsNotCollocatedError,
  TributaryError,
  UpdateRejectedError,
} from './protocol/index.ts';
