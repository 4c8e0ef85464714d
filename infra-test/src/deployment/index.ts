export { type DeployedFederation, type DeployOptions, deployFederation } from './deploy.ts';
export { deployWorker, type WorkerOptions } from './deploy-worker.ts';
export { localDifferences } from './local-differences.ts';
export type { Queue } from './queues.ts';
export { sweepNow } from './sweep.ts';
export type { CloudTarget } from './target.ts';
export { TEST_PACE, type Tuning } from './tuning.ts';
