import { BUNDLE_FILE, type Bundle, buildBundle } from '@tributary/cdk/bundles';
import type { FunctionName } from '@tributary/client/deployment';
import { zipStored } from './zip.ts';

/** One function, ready to deploy with the SDK. */
export interface PackagedFunction extends Bundle {
  /** ZIP archive of the code and what it reads beside itself. */
  readonly zip: Uint8Array;
}

/** The functions of a federation, ready to deploy with the SDK. */
export type PackagedFunctions = Readonly<Record<FederationFunctionName, PackagedFunction>>;

/** A function that every federation has. */
export type FederationFunctionName = Exclude<FunctionName, 'worker'>;

/**
 * Bundles a federation's functions as `cdk deploy` does.
 *
 * @throws `DeploymentError` `bundle-too-large`
 */
export function packageFunctions(): PackagedFunctions {
  return {
    coordinator: packageFunction('coordinator'),
    aggregator: packageFunction('aggregator'),
  };
}

/** Bundles one function. @throws `DeploymentError` `bundle-too-large` */
export function packageFunction(name: FunctionName): PackagedFunction {
  const bundle = buildBundle(name);
  const files = [{ name: BUNDLE_FILE, data: bundle.code }, ...bundle.assets];
  return { ...bundle, zip: zipStored(files) };
}
