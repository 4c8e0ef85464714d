import {
  type Download,
  type VersionDownload,
  type VersionRef,
  versionFileKey,
} from '@tributary/client/protocol';
import { versionRef } from '../records/version-ref.ts';
import type { Coordinator } from './coordinator.ts';
import { locateModel } from './locate-model.ts';
import { versionUnknown } from './unknown.ts';

/** A version's files with URLs that are good for minutes. */
export async function downloadOf(
  { urls, now }: Coordinator,
  model: string,
  { version, files }: VersionRef,
): Promise<VersionDownload> {
  const signedAt = now();
  return {
    schema: 1,
    model,
    version,
    files: await Promise.all(
      files.map(
        async ({ name, bytes, sha256 }): Promise<Download> => ({
          name,
          url: await urls.download(versionFileKey(model, version, name), signedAt),
          bytes,
          sha256,
        }),
      ),
    ),
  };
}

/** Finds a version by number, or the one the model is at. @throws `model-unknown`, `version-unknown` */
export async function findVersion(
  coordinator: Coordinator,
  model: string,
  version: number | 'head',
): Promise<VersionDownload> {
  const { records } = coordinator;
  const location = await locateModel(records, model);
  const number = version === 'head' ? location.version : version;
  const ref = await versionRef(records, model, number);
  if (ref === undefined) throw versionUnknown(model, number);
  return downloadOf(coordinator, model, ref);
}
