import { build } from 'esbuild';
import { zipStored } from '../../src/deployment/zip.ts';

/** Writes an object per key it is given, one after the other; or presigns a GET of the first. */
const SOURCE = `
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
const client = new S3Client({ maxAttempts: 1 });
export async function handler({ bucket, keys, presign }) {
  if (presign) {
    return getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: keys[0] }));
  }
  for (const key of keys) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'from a function' }));
  }
  return keys.length;
}
`;

/** Deployment package of a function that writes to S3 with the unmodified SDK. */
export async function writerFunctionZip(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  return zipStored([{ name: 'index.js', data: outputFiles[0]?.contents ?? new Uint8Array() }]);
}
