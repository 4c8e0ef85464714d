import { renameSync, rmSync } from 'node:fs';
import { ObjectLog, type PlacedEntry } from './object-log.ts';

/**
 * Rewrites a log without the objects that were overwritten or removed, if they are most of it.
 *
 * A crash at any moment leaves the old log or the new one. To be called before the log is opened for use.
 */
export function compactLog(path: string): void {
  const live = new Map<string, PlacedEntry>();
  const log = new ObjectLog(path, (placed) => {
    if (placed.entry.kind === 'put') {
      live.set(placed.entry.record.key, placed);
    } else {
      live.delete(placed.entry.key);
    }
  });
  try {
    const liveBytes = [...live.values()].reduce((sum, { entryBytes }) => sum + entryBytes, 0);
    if (liveBytes < log.bytes / 2) {
      rewrite(log, live.values(), path);
    }
  } finally {
    log.close();
  }
}

function rewrite(log: ObjectLog, live: Iterable<PlacedEntry>, path: string): void {
  const nextPath = `${path}.new`;
  rmSync(nextPath, { force: true });
  const next = new ObjectLog(nextPath, () => undefined);
  for (const { entry, position, byteCount } of live) {
    next.append(entry, byteCount > 0 ? [log.read(position, byteCount)] : []);
  }
  next.close();
  renameSync(nextPath, path);
}
