import { InvocationFailedError, type ObjectName } from '../../protocol/index.ts';
import type { BatchRun } from '../batch/batch-run.ts';
import { heldObject, notFound } from '../batch/find-object.ts';
import type { ObjectFacts } from '../batch/live-objects.ts';

/** Tries until another writer's luck is a fault: each of them can win once. */
const ATTEMPTS_MAX = 20;

/** The facts after a change; the same object if nothing changes. */
export type Change = (facts: ObjectFacts) => ObjectFacts;

/**
 * Changes what is known of an object, wherever it is held or stored, by compare-and-swap.
 *
 * @throws {@link ObjectNotFoundError} `object-not-found`, and whatever the change throws.
 * @throws {@link InvocationFailedError} `header-contended`.
 */
export async function changeFacts(run: BatchRun, name: ObjectName, change: Change): Promise<void> {
  const held = heldObject(run, name);
  const isStored = await changeStored(run, name, change);
  if (held === undefined) {
    if (!isStored.was) throw notFound(name, isStored.kind);
    return;
  }
  run.live.describe(name, change(held.facts));
}

async function changeStored(
  { context: { store } }: BatchRun,
  name: ObjectName,
  change: Change,
): Promise<{ readonly was: boolean; readonly kind: string }> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const found = await store.head(name);
    if (found.kind !== 'found' || found.header.kind === 'mark') {
      return { was: false, kind: found.kind };
    }
    const { header, version } = found;
    const changed = change(header);
    if (changed === header) return { was: true, kind: 'found' };
    const next = { ...changed, digest: header.digest };
    if (await store.replaceHeader(name, { header: next, version })) {
      return { was: true, kind: 'found' };
    }
  }
  throw new InvocationFailedError('Others change the same object without a pause; try again', {
    code: 'header-contended',
  });
}
