export { type Bundle, type Bundles, bundleFunctions, checkBundleSize } from './bundle.ts';
export {
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  BUNDLE_SETTINGS,
  entryPointOf,
  FUNCTION_NAMES,
  type FunctionName,
} from './bundle-settings.ts';
export { type DeployedFederation, type DeployOptions, deployFederation } from './deploy.ts';
export type { Queue, Queues } from './queues.ts';
export type { CloudTarget } from './target.ts';
export { TUNING_DEFAULTS, type Tuning } from './tuning.ts';
