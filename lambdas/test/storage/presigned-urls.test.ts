import { DOWNLOAD_SECONDS, SLOT_SECONDS, slotSchema } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { createTestCoordinator } from '../coordinator/support/coordinator.ts';
import { OPENED_AT } from '../support/federation.ts';

const { urls } = createTestCoordinator().coordinator;
const sha256 = 'ab'.repeat(32);
const checksum = Buffer.from(sha256, 'hex').toString('base64');
const upload = { key: 'updates/0/m/1/device', bytes: 1234, sha256, now: OPENED_AT };

describe('F11: a slot', () => {
  it('signs key, length, checksum and the condition as headers', async () => {
    const url = new URL((await urls.slot(upload)).url);
    expect(url.pathname).toBe('/federation/updates/0/m/1/device');
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe(
      'content-length;host;if-none-match;x-amz-checksum-sha256;x-amz-sdk-checksum-algorithm',
    );
    expect(url.searchParams.get('X-Amz-Expires')).toBe(String(SLOT_SECONDS));
  });

  it('has no checksum in the URL, neither hoisted nor of an empty body', async () => {
    const { url } = await urls.slot(upload);
    expect(url.toLowerCase()).not.toContain('crc32');
    expect([...new URL(url).searchParams.keys()].map((name) => name.toLowerCase())).toEqual([
      'x-amz-algorithm',
      'x-amz-content-sha256',
      'x-amz-credential',
      'x-amz-date',
      'x-amz-expires',
      'x-amz-signature',
      'x-amz-signedheaders',
      'x-id',
    ]);
  });

  it('lists exactly what the device sends besides what fetch sets itself', async () => {
    const slot = slotSchema.parse(await urls.slot(upload));
    expect(slot.headers).toEqual({
      'if-none-match': '*',
      'x-amz-checksum-sha256': checksum,
      'x-amz-sdk-checksum-algorithm': 'SHA256',
    });
    expect(slot.expiresAt).toBe(OPENED_AT + SLOT_SECONDS * 1000);
  });

  it('is the same when it is asked for again, and another for other bytes, length or key', async () => {
    const { url } = await urls.slot(upload);
    expect((await urls.slot({ ...upload })).url).toBe(url);
    const others = [
      { ...upload, bytes: 1235 },
      { ...upload, sha256: 'cd'.repeat(32) },
      { ...upload, key: 'updates/0/m/1/other' },
      { ...upload, now: OPENED_AT + 1000 },
    ];
    const signatures = await Promise.all(
      [upload, ...others].map(async (each) => {
        const slot = await urls.slot(each);
        return new URL(slot.url).searchParams.get('X-Amz-Signature');
      }),
    );
    expect(new Set(signatures).size).toBe(5);
  });
});

describe('A download', () => {
  it('is a plain GET of one key for minutes', async () => {
    const url = new URL(await urls.download('models/m/versions/0/model.safetensors', OPENED_AT));
    expect(url.pathname).toBe('/federation/models/m/versions/0/model.safetensors');
    expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(url.searchParams.get('X-Amz-Expires')).toBe(String(DOWNLOAD_SECONDS));
    expect(url.search.toLowerCase()).not.toContain('checksum');
  });
});
