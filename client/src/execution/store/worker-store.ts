import type { ObjectHeader, ObjectName } from '../../protocol/index.ts';

/** An object as it is stored. */
export interface StoredObject {
  readonly header: ObjectHeader;
  /** Elements, row-major and little-endian; none for pointers and marks. Nobody writes to them. */
  readonly bytes: Uint8Array;
}

/**
 * What became of a write-once object: `created` now; the `same` command had made it; that command
 * had made it and it was `deleted` since, and stays so; or the id is `taken` by another command.
 */
export type CreateOutcome = 'created' | 'same' | 'deleted' | 'taken';

/** An object that is there. */
export interface FoundHeader {
  readonly kind: 'found';
  readonly header: ObjectHeader;
  /** Changes with every change of the header. */
  readonly version: string;
  /** When its lease began, in milliseconds since 1970. */
  readonly renewedAt: number;
}

/** An object that is not there. */
export type Absent =
  /** Its tombstone is; `digest` of the command that made it, `null` if it was deleted before it came. */
  | { readonly kind: 'deleted'; readonly digest: string | null }
  /** Never made, or expired. */
  | { readonly kind: 'missing' };

/** Answer of {@link WorkerStore.head}. */
export type HeadOutcome = FoundHeader | Absent;

/** Answer of {@link WorkerStore.read}. */
export type ReadOutcome = (FoundHeader & { readonly bytes: Uint8Array }) | Absent;

/** Part of a store to list. */
export interface ListRequest {
  /** @default everybody's */
  readonly owner?: string | undefined;
  /** From the page before. @default the first page */
  readonly cursor?: string | undefined;
}

/** Objects in the order of their owners and ids. */
export interface ObjectPage {
  readonly objects: readonly { readonly name: ObjectName; readonly header: ObjectHeader }[];
  /** Names the next page; absent on the last one. */
  readonly cursor?: string | undefined;
}

/**
 * A worker's objects. What one method has answered, every later call sees, whoever makes it: the
 * store is the truth for existence and permission.
 *
 * @throws {@link InvocationFailedError} from every method, when the store can't be reached.
 */
export interface WorkerStore {
  /** Writes an object once. Of several at the same time one is created. */
  create(name: ObjectName, object: StoredObject): Promise<CreateOutcome>;
  /** Header alone. */
  head(name: ObjectName): Promise<HeadOutcome>;
  /** Header and values. */
  read(name: ObjectName): Promise<ReadOutcome>;
  /** Replaces the header, never the values; `false` when the version has changed or the object is gone. */
  replaceHeader(
    name: ObjectName,
    change: { readonly header: ObjectHeader; readonly version: string },
  ): Promise<boolean>;
  /**
   * Leaves a tombstone, whether there was an object or not, so that a late command does not bring it
   * back. Twice is the same as once.
   */
  delete(name: ObjectName): Promise<void>;
  /** Begins an object's lease anew; nothing if it is gone. */
  renew(name: ObjectName): Promise<void>;
  /** At most `LIST_PAGE_MAX` objects; a page may be empty and yet not the last. */
  list(request: ListRequest): Promise<ObjectPage>;
  /** Writes a plan under the digest of its bytes; one that is there stays. */
  createPlan(digest: string, bytes: Uint8Array): Promise<void>;
  readPlan(digest: string): Promise<Uint8Array | undefined>;
}
