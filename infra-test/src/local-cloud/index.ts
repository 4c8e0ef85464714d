export type { CloudCounters, OperationCount } from './counters.ts';
export type { Credential, CredentialRegistry } from './credentials.ts';
export type { EventRecord, FaultRecord, Kill } from './fault-record.ts';
export type {
  EventFaults,
  FaultPlan,
  KillRule,
  RequestFault,
  RequestFaultRule,
} from './faults.ts';
export { InterruptedError, listenForInterrupts } from './interrupts.ts';
export { makeFolder } from './make-folder.ts';
export type { LocalCloud, LocalCloudOptions } from './start-local-cloud.ts';
export { startLocalCloud } from './start-local-cloud.ts';
