/** What devices, operators and functions agree on; the normative text is README.md beside this file. */

export {
  type CheckInAnswer,
  checkInAnswerSchema,
  type Download,
  type OutcomeAnswer,
  outcomeAnswerSchema,
  type Refusal,
  refusalSchema,
  type Slot,
  type SlotRequest,
  slotRequestSchema,
  slotSchema,
  type VersionDownload,
  versionDownloadSchema,
} from './api/device.ts';
export {
  type CreateModelAnswer,
  type ModelList,
  type ModelStatus,
  type Operation,
  operationSchema,
  type RoundList,
  type RoundStatus,
  type RoundSummary,
  type StartRoundAnswer,
} from './api/operator.ts';
export { decodeBase64, encodeBase64 } from './base64.ts';
export {
  type Batch,
  type BatchAnswer,
  batchAnswerSchema,
  batchSchema,
  type CommandArgument,
  type CommandAttributes,
  type CommandStatus,
  type PlainArgument,
  type TensorArgument,
  type WireCommand,
} from './commands/batch.ts';
export { canonicalJson } from './commands/canonical-json.ts';
export { commandDigest, jsonDigest } from './commands/digest.ts';
export {
  encodeObjectFile,
  type ObjectFileHeader,
  parseObjectFile,
} from './commands/object-file.ts';
export {
  type ObjectHeader,
  objectHeaderSchema,
  type PointerTarget,
  type Tombstone,
  tombstoneSchema,
} from './commands/object-header.ts';
export {
  formatObjectRef,
  type ObjectName,
  type ObjectRef,
  objectRefField,
  parseObjectRef,
} from './commands/object-name.ts';
export {
  OPERATIONS,
  type OperationParameter,
  TENSOR_METHODS,
  type TensorMethod,
  type TensorOperation,
} from './commands/operations.generated.ts';
export {
  elementCount,
  REMOTE_ELEMENT_BYTES,
  type RemoteDtype,
  type RemoteForm,
  remoteBytes,
} from './commands/remote-dtype.ts';
export {
  fitsForm,
  type InnerGradient,
  type PlanConstant,
  type PlanForm,
  parseInnerGradient,
  parsePlan,
  type RemotePlan,
} from './commands/remote-plan.ts';
export type { Restriction } from './commands/restriction.ts';
export { checkStructure } from './commands/structure.ts';
export {
  decodeAttributes,
  decodeValue,
  encodeAttributes,
  encodeValue,
  type Value,
} from './commands/values.ts';
export {
  type CreateAttributes,
  clearAttributesSchema,
  createAttributesSchema,
  type DescribeAttributes,
  describeAttributesSchema,
  type FetchAttributes,
  fetchAttributesSchema,
  fetchPlanAttributesSchema,
  type GradientAttributes,
  gradientAttributesSchema,
  grantAttributesSchema,
  type ListAttributes,
  type ListValue,
  listAttributesSchema,
  listValueSchema,
  noAttributesSchema,
  type ObjectAttributes,
  type ObjectSummary,
  objectSummarySchema,
  type PointerAttributes,
  pointerAttributesSchema,
  type ReadValue,
  type RunAttributes,
  readValueSchema,
  runAttributesSchema,
  storePlanAttributesSchema,
  type UploadAttributes,
  type UploadValue,
  uploadAttributesSchema,
  uploadValueSchema,
  type VerbName,
} from './commands/verbs.ts';
export {
  type Casualty,
  CommandError,
  DeploymentError,
  type ErrorJson,
  errorFromJson,
  type FailedCommand,
  GetNotPermittedError,
  InvocationFailedError,
  ObjectInvalidError,
  ObjectNotFoundError,
  RequestRefusedError,
  RoundAbortedError,
  TensorsNotCollocatedError,
  TributaryError,
  type TributaryErrorClass,
  type TributaryErrorOptions,
  UpdateRejectedError,
} from './errors.ts';
export {
  countField,
  deviceField,
  type Metrics,
  metricsField,
  modelField,
  positiveField,
  type Rejection,
  type RejectionDetail,
  rejectionDetailSchema,
  rejectionSchema,
  requestIdField,
  schemaField,
  sha256Field,
  timeField,
  type VersionFile,
  type VersionRef,
  versionFileSchema,
  versionRefSchema,
} from './fields.ts';
export {
  tensorsBytesMin,
  updateBytesMax,
  updateBytesMin,
  updateHeaderBytesMax,
  versionBytesMax,
  versionHeaderBytesMax,
} from './files/bounds.ts';
export { checkHeaderText, readHeaderText } from './files/header-text.ts';
export {
  encodePartial,
  type PartialContent,
  type PartialHeader,
  parsePartialHeader,
} from './files/partial.ts';
export { type BadNumber, badNumberDetail } from './files/rejection-detail.ts';
export {
  decodeState,
  encodeState,
  type StateExpected,
  type StateId,
  type StateTensors,
} from './files/state.ts';
export { encodeUpdate, type UpdateContent } from './files/update.ts';
export {
  checkUpdateHeader,
  type UpdateExpectation,
  type UpdateHeaderOutcome,
} from './files/update-header.ts';
export {
  decodeVersion,
  encodeVersion,
  parseVersionHeader,
  type VersionId,
} from './files/version.ts';
export { checkJson, decodeJson, encodeJson, type Json, jsonSchema, type Source } from './json.ts';
export {
  assertModelName,
  claimKey,
  closeKey,
  headKey,
  isDevicePseudonym,
  isModelName,
  isObjectId,
  isOwner,
  MODELS_PREFIX,
  type PartialId,
  parseCount,
  parsePartialKey,
  parseUpdateKey,
  parseWorkerObjectKey,
  partialKey,
  partialsPrefix,
  planKey,
  type RoundId,
  resultKey,
  roundKey,
  roundsPrefix,
  type SealId,
  sealKey,
  sealsPrefix,
  stateFileKey,
  UPDATES_PREFIX,
  type UpdateId,
  updateKey,
  updatesPrefix,
  versionFileKey,
  type WorkerObjectId,
  workerObjectKey,
  workerObjectsPrefix,
  workerPlanKey,
  workerTransferKey,
} from './keys.ts';
export {
  ABANDON_AFTER_SECONDS_DEFAULT,
  ALLOW_COUNT_MAX,
  ARGUMENTS_MAX,
  ATTRIBUTE_DEPTH_MAX,
  BATCH_BYTES_MAX,
  BATCH_DEPTH_MAX,
  BATCH_ELEMENTS_MAX,
  BATCH_VALUES_MAX,
  COHORT_MAX,
  COMMANDS_PER_BATCH_MAX,
  DEADLINE_SECONDS_MAX,
  DEADLINE_SECONDS_MIN,
  DELTA_BOUND_LOG2_MAX,
  DELTA_BOUND_LOG2_MIN,
  DESCRIPTION_LENGTH_MAX,
  DOWNLOAD_SECONDS,
  EXAMPLE_COUNT_MAX,
  HEADER_BYTES_MAX,
  LIST_PAGE_MAX,
  MEMBER_WEIGHT_MAX,
  METRIC_COUNT_MAX,
  METRIC_NAME_LENGTH_MAX,
  MODEL_ELEMENTS_MAX,
  MODEL_NAME_LENGTH_MAX,
  OBJECT_BYTES_MAX,
  OBJECT_FORMAT_VERSION,
  OBJECT_HEADER_BYTES_MAX,
  OBJECT_LEASE_SECONDS,
  PARTIAL_BLOCK_ELEMENTS,
  PARTIAL_FORMAT_VERSION,
  PARTIAL_HEADER_BYTES_MAX,
  PLAN_BYTES_MAX,
  PLAN_DEPTH_MAX,
  QUERY_TERMS_MAX,
  QUEUE_DELAY_SECONDS_MAX,
  REJECTION_DETAILS_LISTED_MAX,
  REJECTION_MESSAGE_LENGTH_MAX,
  REJECTION_TEXT_LENGTH_MAX,
  REJECTIONS_LISTED_MAX,
  REMOTE_RANK_MAX,
  REQUEST_BODY_BYTES_MAX,
  RESOLUTION_BITS_MIN,
  RESTRICTIONS_MAX,
  RESULTS_MAX,
  SCHEMA_VERSION,
  SEAL_ENTRIES_MAX,
  SLOT_SECONDS,
  STATE_FORMAT_VERSION,
  STATISTIC_BOUND_LOG2_MAX,
  TAG_COUNT_MAX,
  TAG_LENGTH_MAX,
  TENSOR_COUNT_MAX,
  TENSOR_ELEMENTS_MAX,
  TENSOR_NAME_BYTES_MAX,
  TENSOR_RANK_MAX,
  TOMBSTONE_BYTES_MAX,
  TOMBSTONE_SECONDS,
  TOTAL_WEIGHT_MAX,
  UPDATE_FORMAT_VERSION,
  UPDATE_METADATA_BYTES_MAX,
  USER_NAME_LENGTH_MAX,
  VERSION_FORMAT_VERSION,
} from './limits.ts';
export {
  float32FromLittleEndian,
  float64FromLittleEndian,
  littleEndianBytes,
} from './little-endian.ts';
export { type Head, headSchema } from './objects/head.ts';
export { type Exclusion, type PartialRecord, partialRecordSchema } from './objects/partial.ts';
export {
  assertPlanBytes,
  boundLog2Of,
  type PlanObject,
  planObjectSchema,
  type StrategyChoice,
  strategyChoiceSchema,
  type TensorRole,
  type TensorSpec,
  type TrainingPlan,
  tensorSpecSchema,
  trainingPlanSchema,
  type UpdateRules,
  updateRulesSchema,
} from './objects/plan.ts';
export {
  type AbortedResult,
  type AbortReason,
  type Conservation,
  type PublishedResult,
  type RejectionSummary,
  type ResultObject,
  resultObjectSchema,
  type SealExclusions,
  type TrainingMetric,
  type TrainingMetrics,
} from './objects/result.ts';
export {
  assertMinimum,
  type CloseObject,
  type CloseReason,
  closeObjectSchema,
  type Remaining,
  type RoundObject,
  type RoundSettings,
  remainingField,
  roundObjectSchema,
  roundSettingsSchema,
} from './objects/round.ts';
export {
  type SealMember,
  type SealObject,
  type SealRejection,
  sealObjectSchema,
} from './objects/seal.ts';
export {
  type DecodedSafetensors,
  type DecodedTensor,
  type DecodeOptions,
  decodeSafetensors,
} from './safetensors/decode.ts';
export { encodeSafetensors, encodeSafetensorsHeader } from './safetensors/encode.ts';
export {
  type Dtype,
  type SafetensorsContent,
  type SafetensorsHeader,
  type TensorData,
  type TensorDescription,
  type TensorEntry,
  tensorBytes,
} from './safetensors/format.ts';
export { type HeaderOptions, parseSafetensorsHeader } from './safetensors/parse-header.ts';
export { assertWebCrypto, sha256Hex } from './sha256.ts';
export { type Task, taskSchema } from './tasks.ts';
export { checkEntries } from './tensors/check-entries.ts';
export { type DeltaFault, findDeltaFault, type TensorValues } from './tensors/delta-fault.ts';
export {
  flattenTensors,
  layOutModel,
  layOutUpdate,
  type PlanTensors,
  type TensorLayout,
  type TensorSpan,
  unflattenTensors,
  withoutFrozen,
} from './tensors/layout.ts';
export {
  decodeWeights,
  encodeWeights,
  type NamedTensor,
  type NamedTensors,
  tensorData,
} from './tensors/named-tensors.ts';
export { isNamedLikeStatistic } from './tensors/statistic-names.ts';
export { cleanCause, reasonOf, withoutTensors, withoutValues } from './without-values.ts';
