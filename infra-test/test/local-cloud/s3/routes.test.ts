import { expect, test } from 'vitest';
import type { S3Request } from '../../../src/local-cloud/s3/operation.ts';
import { routeOf } from '../../../src/local-cloud/s3/routes.ts';
import { parseS3Path } from '../../../src/local-cloud/s3/s3-path.ts';

function outcomeOf(line: string, headers: Record<string, string> = {}): string {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query = ''] = target.split('?');
  const request = { method, path, query: new URLSearchParams(query), headers };
  try {
    return routeOf({ ...request, ...parseS3Path(path) } as unknown as S3Request).name;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
}

test.each([
  ['GET /', 'ListBuckets'],
  ['PUT /b', 'CreateBucket'],
  ['PUT /b/', 'CreateBucket'],
  ['GET /b?list-type=2&prefix=p&delimiter=%2F', 'ListObjectsV2'],
  ['POST /b?delete', 'DeleteObjects'],
  ['PUT /b?notification', 'PutBucketNotificationConfiguration'],
  ['PUT /b/k?x-id=PutObject', 'PutObject'],
  ['GET /b/k?X-Amz-Signature=0&response-content-type=x', 'GetObject'],
  ['DELETE /b/k/', 'DeleteObject'],
])('%s is %s', (line, name) => {
  expect(outcomeOf(line)).toBe(name);
});

test.each([
  ['GET /b', 'ListObjects'],
  ['POST /b/k?uploads', 'CreateMultipartUpload'],
  ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPart'],
  ['POST /b/k?uploadId=u', 'CompleteMultipartUpload'],
  ['PUT /b?versioning', 'bucket PUT versioning'],
  ['GET /b/k?versionId=v', 'object GET versionId'],
  ['PATCH /b/k', 'object PATCH'],
])('%s is refused as %s', (line, name) => {
  expect(outcomeOf(line)).toMatch(new RegExp(`^NotImplemented: Operation ${name} `));
});

test.each([
  ['x-amz-copy-source', 'CopyObject'],
  ['x-amz-acl', 'x-amz-acl'],
  ['x-amz-server-side-encryption-customer-key', 'customer-key'],
])('a PUT with %s is refused naming %s', (header, name) => {
  const outcome = outcomeOf('PUT /b/k', { [header]: 'value' });
  expect(outcome).toMatch(/^NotImplemented: /);
  expect(outcome).toContain(name);
});

test('metadata, checksums and signing headers are served', () => {
  const headers = { 'x-amz-meta-a': '1', 'x-amz-checksum-sha1': 'c', 'x-amz-date': 'd' };
  expect(outcomeOf('PUT /b/k', headers)).toBe('PutObject');
});

test('a broken escape in the path is told', () => {
  expect(() => parseS3Path('/b/%zz')).toThrow(expect.objectContaining({ code: 'InvalidURI' }));
});
