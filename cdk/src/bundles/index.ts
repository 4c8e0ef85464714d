/** The functions' code, for whatever deploys it; nothing here loads the CDK. */
export { type Bundle, buildBundle } from './build-bundle.ts';
export {
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  FUNCTION_NAMES,
} from './bundle-settings.ts';
