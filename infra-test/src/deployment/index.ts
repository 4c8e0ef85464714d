export { type Bundles, bundleFunctions, checkBundleSize } from './bundle.ts';
export { BUNDLE_BYTES_MAX, BUNDLE_FILE, FUNCTION_NAMES } from './bundle-settings.ts';
export { type DeployedFederation, type DeployOptions, deployFederation } from './deploy.ts';
export type { CloudTarget } from './target.ts';
export type { Tuning } from './tuning.ts';
