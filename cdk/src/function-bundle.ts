import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionName } from '@tributary/client/deployment';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildBundle } from './bundles/build-bundle.ts';
import { BUNDLE_FILE } from './bundles/bundle-settings.ts';

const HANDLERS = fileURLToPath(new URL('../../lambdas/src', import.meta.url));

/**
 * A function's code as an asset: the bundle, its source map and what it reads beside itself. Its hash is that of what is deployed,
 * so a deployment of unchanged sources changes nothing.
 *
 * @throws `DeploymentError` `bundle-too-large`
 */
export function functionCode(name: FunctionName): Code {
  // The CDK bundles once for each source folder, whatever is bundled from it.
  return Code.fromAsset(join(HANDLERS, name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // The CDK asks for one; bundling on this machine always works, so it is never pulled.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(folder: string): boolean {
          writeBundle(name, folder);
          return true;
        },
      },
    },
  });
}

/** Writes a function's bundle, its source map and what it reads beside itself into a folder. */
export function writeBundle(name: FunctionName, folder: string): void {
  const { code, sourceMap, assets } = buildBundle(name);
  writeFileSync(join(folder, BUNDLE_FILE), code);
  writeFileSync(join(folder, `${BUNDLE_FILE}.map`), sourceMap);
  for (const { name: file, data } of assets) writeFileSync(join(folder, file), data);
}
