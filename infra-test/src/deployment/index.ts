export { type DeployedFederation, type DeployOptions, deployFederation } from './deploy.ts';
export { deployWorker, type WorkerOptions } from './deploy-worker.ts';
export type { Queue } from './queues.ts';
export { sweepNow } from './sweep.ts';
export type { CloudTarget } from './target.ts';
export type { Tuning } from './tuning.ts';
