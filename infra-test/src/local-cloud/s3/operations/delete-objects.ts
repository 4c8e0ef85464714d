import { z } from 'zod';
import { AwsError } from '../../aws-error.ts';
import type { CloudResponse } from '../../service.ts';
import type { Bucket } from '../bucket.ts';
import { readWriteCondition } from '../conditions.ts';
import { emptyResponse, type S3Context, type S3Request, xmlResponse } from '../operation.ts';
import { readPayloadClaims } from '../payload-claims.ts';
import { readVerifiedText } from '../verified-payload.ts';
import { parseS3Document, s3Document, type XmlNode } from '../xml.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const KEYS_MAX = 1000;

/** A document of 1,000 keys of 1,024 bytes with their markup, with room for character references. */
const DOCUMENT_BYTES_MAX = 8_000_000;

const schema = z.object({
  Quiet: z.string().optional(),
  Object: z
    .array(z.object({ Key: z.string().min(1), ETag: z.string().optional() }))
    .min(1)
    .max(KEYS_MAX),
});

/** Removes one object; a key that holds nothing is no error. */
export function deleteObject(request: S3Request, context: S3Context): CloudResponse {
  const { objects } = context.store.require(request.bucket);
  objects.remove(request.key, readWriteCondition(request.headers));
  return emptyResponse(204);
}

/** Removes up to 1,000 objects, each on its own terms. */
export async function deleteObjects(
  request: S3Request,
  context: S3Context,
): Promise<CloudResponse> {
  const { objects } = context.store.require(request.bucket);
  const claims = readPayloadClaims(request.headers);
  if (claims.md5 === undefined && claims.checksum === undefined) {
    throw new AwsError(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 or x-amz-checksum-*',
    );
  }
  const text = await readVerifiedText(request.body, claims, DOCUMENT_BYTES_MAX);
  const parsed = schema.safeParse(parseS3Document(text, 'Delete'));
  if (!parsed.success) {
    throw new AwsError(
      'MalformedXML',
      `The list of objects did not validate: ${z.prettifyError(parsed.error)}`,
    );
  }
  const results = parsed.data.Object.map(({ Key, ETag }) => removeOne(objects, Key, ETag));
  const isQuiet = parsed.data.Quiet?.trim() === 'true';
  return xmlResponse(
    s3Document('DeleteResult', {
      Deleted: isQuiet ? [] : results.flatMap((result) => result.deleted ?? []),
      Error: results.flatMap((result) => result.error ?? []),
    }),
  );
}

function removeOne(
  objects: Bucket,
  key: string,
  etag: string | undefined,
): { deleted?: XmlNode; error?: XmlNode } {
  try {
    objects.remove(key, readWriteCondition(etag === undefined ? {} : { 'if-match': etag }));
    return { deleted: { Key: key } };
  } catch (error) {
    if (error instanceof AwsError) {
      return { error: { Key: key, Code: error.code, Message: error.message } };
    }
    throw error;
  }
}
