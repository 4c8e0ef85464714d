import type { DataType } from '@tensorflow/tfjs';
import { listValueSchema, type ObjectSummary as WireSummary } from '../protocol/index.ts';
import { ask } from './ask.ts';
import { PointerTensor } from './pointer-tensor.ts';
import { RemoteObject } from './remote-object.ts';
import type { RemoteWorker } from './remote-worker.ts';

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
  const found: WireSummary[] = [];
  let cursor: string | undefined;
  do {
    const attributes = { ...(terms.length > 0 ? { query: terms } : {}), cursor };
    const page = listValueSchema.parse(
      await ask(worker, { op: '$list', attributes, seesDeletions: true }),
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
  const { id, owner, own, shape, dtype, tags, description } = found;
  const { queue } = location;
  const object =
    queue.knownObject(id) ??
    new RemoteObject({
      id,
      queue,
      foreignOwner: own ? undefined : owner,
      form: { shape, dtype },
      state: 'stored',
      deletesWhenReleased: false,
    });
  return new PointerTensor({ location, object, tags, description });
}
