import {
  CommandError,
  formatObjectRef,
  OBJECT_LEASE_SECONDS,
  type ObjectName,
  ObjectNotFoundError,
} from '../../protocol/index.ts';
import type { FoundHeader } from '../store/worker-store.ts';
import { tensorFromBytes } from '../tensor-bytes.ts';
import type { BatchRun } from './batch-run.ts';
import type { LiveObject, ObjectFacts } from './live-objects.ts';

/**
 * An object with its tensor, from memory or the store; it stays in memory as long as commands need it.
 *
 * @throws {@link ObjectNotFoundError} `object-not-found`.
 * @throws {@link CommandError} `memory-exceeded`.
 */
export async function loadObject(
  run: BatchRun,
  name: ObjectName,
  index: number,
): Promise<LiveObject> {
  const held = heldObject(run, name);
  if (held !== undefined) return held;
  const { store, tf } = run.context;
  const found = await store.read(name);
  if (found.kind !== 'found' || found.header.kind === 'mark') throw notFound(name, found.kind);
  await renewIfOld(run, name, found);
  // Another argument of the same command may have loaded it.
  const loaded = run.live.get(name);
  if (loaded !== undefined) return loaded;
  const { header, bytes } = found;
  const tensor = header.kind === 'tensor' ? tensorFromBytes(tf, header, bytes) : undefined;
  const object = { facts: header, tensor };
  run.live.add(name, object, index);
  return object;
}

/**
 * What is known of an object without its values.
 *
 * @throws {@link ObjectNotFoundError} `object-not-found`.
 */
export async function findFacts(run: BatchRun, name: ObjectName): Promise<ObjectFacts> {
  const held = heldObject(run, name);
  if (held !== undefined) return held.facts;
  const found = await run.context.store.head(name);
  if (found.kind !== 'found' || found.header.kind === 'mark') throw notFound(name, found.kind);
  await renewIfOld(run, name, found);
  return found.header;
}

/**
 * Object in memory, `undefined` if it is not.
 *
 * @throws {@link ObjectNotFoundError} `object-not-found` for one that this batch has deleted.
 */
export function heldObject(run: BatchRun, name: ObjectName): LiveObject | undefined {
  if (run.isDeleted(name)) throw notFound(name, 'deleted');
  return run.live.get(name);
}

/** Begins the lease of an object anew when half of it is over. */
export async function renewIfOld(
  run: BatchRun,
  name: ObjectName,
  { renewedAt }: FoundHeader,
): Promise<void> {
  const { store, now } = run.context;
  if (now() - renewedAt > (OBJECT_LEASE_SECONDS * 1_000) / 2) await store.renew(name);
}

/** The error for an object that is not there. */
export function notFound(name: ObjectName, kind: string): ObjectNotFoundError {
  const what = kind === 'deleted' ? 'was fetched, moved or deleted' : 'was never made, or expired';
  return new ObjectNotFoundError(
    `Object ${formatObjectRef(name)} ${what}; send it again, or read with { keep: true } to leave it there`,
    { code: 'object-not-found', detail: { ...name } },
  );
}

/**
 * @throws {@link CommandError} `not-owner` for objects of somebody else.
 */
export function assertOwn(run: BatchRun, name: ObjectName, op: string): void {
  if (name.owner === run.context.caller) return;
  throw new CommandError(`${op} is for the owner of ${formatObjectRef(name)} alone; ask them`, {
    code: 'not-owner',
  });
}
