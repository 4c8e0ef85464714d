/** What executes commands on tensors; where it runs, what it stores in and what it computes with come from outside. */

export { executeBatch } from './batch/execute-batch.ts';
export type { ExecutionContext } from './context.ts';
export type { Accelerate, HeavyKernel } from './operations/acceleration.ts';
export { inferOperation } from './operations/infer-operation.ts';
export type {
  InferRequest,
  Operand,
  OperationRequest,
  RunRequest,
  ValueOperand,
} from './operations/request.ts';
export { runOperation } from './operations/run-operation.ts';
export { accelerateWith } from './operations/safe-backend.ts';
export { checkInputForms } from './plans/input-forms.ts';
export { seedAt } from './plans/plan-seeds.ts';
export { withBackend } from './shapes/active-backend.ts';
export type { OutputSpec, Tf } from './shapes/spec.ts';
export { MemoryStore, type MemoryStoreOptions } from './store/memory-store.ts';
export type { TransferName, TransferStore } from './store/transfer-store.ts';
export type {
  Absent,
  CreateOutcome,
  FoundHeader,
  HeadOutcome,
  ListRequest,
  ObjectPage,
  ReadOutcome,
  StoredObject,
  WorkerStore,
} from './store/worker-store.ts';
export { tensorOfElements } from './tensor-bytes.ts';
