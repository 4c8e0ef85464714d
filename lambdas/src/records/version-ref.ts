import type { VersionRef } from '@tributary/client/protocol';
import type { Records } from './records.ts';

/**
 * Finds a version's files. A version exists only if a result names it: 0 by the plan, any other by the
 * round of its own number. `undefined` for all others, stray files or not.
 */
export async function versionRef(
  records: Records,
  model: string,
  version: number,
): Promise<VersionRef | undefined> {
  if (version === 0) return (await records.plan(model))?.initial;
  const result = await records.result({ model, round: version });
  if (result?.kind !== 'published' || result.version !== version) return undefined;
  return { version, files: result.files };
}
