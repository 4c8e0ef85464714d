import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { DockerImageCode } from 'aws-cdk-lib/aws-lambda';
import { writeBundle } from './function-bundle.ts';

const DOCKERFILE = fileURLToPath(
  new URL('../../lambdas/src/worker/image/Dockerfile', import.meta.url),
);

/**
 * Gives the worker's code as a container image, which the CDK builds with Docker when it is deployed:
 * templates are made without.
 *
 * @throws `DeploymentError` `bundle-too-large`
 */
export function withWorkerImage<T>(use: (code: DockerImageCode) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-worker-image-'));
  try {
    writeBundle('worker', folder);
    copyFileSync(DOCKERFILE, join(folder, 'Dockerfile'));
    return use(DockerImageCode.fromImageAsset(folder, { platform: Platform.LINUX_AMD64 }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
