import {
  BUNDLE_FILE,
  type Bundle,
  buildBundle,
  FUNCTION_NAMES,
  type FunctionName,
} from '@tributary/cdk/bundles';
import { zipStored } from './zip.ts';

/** One function, ready to deploy with the SDK. */
export interface PackagedFunction extends Bundle {
  /** ZIP archive with the code as its only file. */
  readonly zip: Uint8Array;
}

/** Every function, ready to deploy with the SDK. */
export type PackagedFunctions = Readonly<Record<FunctionName, PackagedFunction>>;

/**
 * Bundles every function as `cdk deploy` does.
 *
 * @throws `DeploymentError` `bundle-too-large`
 */
export function packageFunctions(): PackagedFunctions {
  const packaged = FUNCTION_NAMES.map((name) => [name, packageFunction(buildBundle(name))]);
  return Object.fromEntries(packaged) as PackagedFunctions;
}

function packageFunction(bundle: Bundle): PackagedFunction {
  return { ...bundle, zip: zipStored([{ name: BUNDLE_FILE, data: bundle.code }]) };
}
