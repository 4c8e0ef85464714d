import * as z from 'zod';
import { isModelName, isObjectId, isOwner } from '../keys.ts';

/** Who an object is and whose. */
export interface ObjectName {
  /** Pseudonym of who made it. */
  readonly owner: string;
  /** 128 bits, chosen by the caller and never used again; 22 characters of base64url. */
  readonly id: string;
}

/** How commands name an object: `{id}` for the caller's own, or `{owner}/{id}`. */
export type ObjectRef = string;

/** Reads a worker's name; workers are named as models are. */
export const workerField: z.ZodType<string> = z
  .string()
  .refine(isModelName, 'expected 1 to 64 of A–Z a–z 0–9 . _ -, beginning with a letter or digit');

/** Reads an object's id. */
export const objectIdField: z.ZodType<string> = z
  .string()
  .refine(isObjectId, 'expected 22 characters of base64url');

/** Reads an owner's pseudonym. */
export const ownerField: z.ZodType<string> = z
  .string()
  .refine(isOwner, 'expected 1 to 64 of A–Z a–z 0–9 . _ -');

/** Reads a reference. */
export const objectRefField: z.ZodType<ObjectRef> = z
  .string()
  .refine(
    (text) => parseObjectRef(text, { caller: '-' }) !== undefined,
    'expected the id of an object, or its owner, a slash and its id',
  );

/** The name that a reference stands for; `undefined` for text of another form. */
export function parseObjectRef(
  ref: ObjectRef,
  { caller }: { readonly caller: string },
): ObjectName | undefined {
  const slash = ref.indexOf('/');
  const owner = slash < 0 ? caller : ref.slice(0, slash);
  const id = ref.slice(slash + 1);
  return isOwner(owner) && isObjectId(id) ? { owner, id } : undefined;
}

/** The reference that means the same to every caller; inverse of {@link parseObjectRef}. */
export function formatObjectRef({ owner, id }: ObjectName): ObjectRef {
  return `${owner}/${id}`;
}
