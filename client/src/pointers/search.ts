import type { DataType } from '@tensorflow/tfjs';
import type { OutputSpec } from '../execution/index.ts';
import {
  listValueSchema,
  type PointerTarget,
  type ObjectSummary as WireSummary,
} from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { ownMembers } from '../protocol/own-members.ts';
import { ask } from './ask.ts';
import { PointerMisuseError } from './misuse.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { RemoteObject } from './remote-object.ts';
import type { RemoteWorker } from './remote-worker.ts';
import type { TensorHook } from './tensor-hook.ts';

/** What a worker tells of an object: everything but its values. */
export interface ObjectSummary {
  /** Dimensions; for a pointer those of the tensor at its end. */
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly tags: readonly string[];
  readonly description: string;
  /** True when somebody decides who may read it. */
  readonly isPrivate: boolean;
}

/** Objects at a worker that every term fits, page by page. */
export async function listObjects(
  worker: RemoteWorker,
  terms: readonly string[],
): Promise<WireSummary[]> {
  const stranger = terms.findIndex((term) => typeof term !== 'string');
  if (stranger >= 0) {
    throw new PointerMisuseError(
      `search() got ${describeValue(terms[stranger])}, expected texts: ids, tags or parts of a description`,
    );
  }
  const found: WireSummary[] = [];
  let cursor: string | undefined;
  do {
    const attributes = { ...(terms.length > 0 ? { query: terms } : {}), cursor };
    const page = listValueSchema.parse(
      ownMembers(await ask(worker, { op: '$list', attributes, seesDeletions: true })),
    );
    found.push(...page.objects);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** What users are shown of an object. */
export function summaryOf({
  shape,
  dtype,
  tags,
  description,
  ...rest
}: WireSummary): ObjectSummary {
  return { shape, dtype, tags, description, isPrivate: rest.private };
}

/** A pointer to an object that was there before; it stays when the pointer goes. */
export function pointerTo(location: RemoteWorker, found: WireSummary): PointerTensor {
  const { id, owner, own, shape, dtype, tags, description, pointer: target } = found;
  const foreignOwner = own ? undefined : owner;
  const form = { shape, dtype };
  const object = foundObject(location, { id, owner: foreignOwner, form });
  const inner = target && pointerToTarget(location.hook, { target, owner: foreignOwner, form });
  const labels = { tags, description };
  return new PointerTensor<unknown>({ location, object, labels, target: inner }) as PointerTensor;
}

/**
 * A pointer to where a pointer object points; `undefined` when this program doesn't know the worker.
 *
 * @param owner - Of the pointer object, unless it is the caller.
 */
export function pointerToTarget(
  hook: TensorHook,
  {
    target,
    owner,
    form,
  }: {
    readonly target: PointerTarget;
    readonly owner: string | undefined;
    readonly form: OutputSpec;
  },
): PointerTensor<unknown> | undefined {
  const location = hook.getWorker(target.location);
  if (location === undefined) return undefined;
  const object = foundObject(location, { id: target.id, owner: target.owner ?? owner, form });
  return new PointerTensor<unknown>({ location, object });
}

/** The object that other pointers of this program share, or one that nobody here made. */
function foundObject(
  { queue }: RemoteWorker,
  {
    id,
    owner,
    form,
  }: { readonly id: string; readonly owner: string | undefined; readonly form: OutputSpec },
): RemoteObject {
  return (
    queue.knownObject(owner === undefined ? id : `${owner}/${id}`) ??
    new RemoteObject({
      id,
      queue,
      foreignOwner: owner,
      form,
      state: 'stored',
      deletesWhenReleased: false,
    })
  );
}
