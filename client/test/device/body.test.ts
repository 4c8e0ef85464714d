import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInto, readStart } from '../../src/device/body.ts';
import { inPieces } from './support/fake-world.ts';

const body = fc.uint8Array({ minLength: 1, maxLength: 64 });
const pieces = fc.integer({ min: 1, max: 70 });

function response(bytes: Uint8Array, count: number): Response {
  return new Response(inPieces(bytes, count));
}

describe('readStart', () => {
  it('reads the first bytes, however the body arrives', async () => {
    await fc.assert(
      fc.asyncProperty(body, pieces, fc.integer({ min: 0, max: 70 }), async (bytes, count, max) => {
        const start = await readStart(response(bytes, count), max);
        expect(start).toEqual(bytes.slice(0, max));
      }),
    );
  });

  it('cancels what it does not read', async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => {
        isCancelled = true;
      },
    });
    expect(await readStart(new Response(endless), 25)).toHaveLength(25);
    expect(isCancelled).toBe(true);
  });

  it('reads an answer without a body as empty', async () => {
    expect(await readStart(new Response(null), 10)).toHaveLength(0);
  });
});

describe('readInto', () => {
  it('fills the target and counts, or tells that the body is longer', async () => {
    await fc.assert(
      fc.asyncProperty(
        body,
        pieces,
        fc.integer({ min: 0, max: 70 }),
        async (bytes, count, size) => {
          const target = new Uint8Array(size);
          const counts: number[] = [];
          const read = await readInto(response(bytes, count), target, (n) => counts.push(n));
          if (bytes.length > size) {
            expect(read).toBeUndefined();
            expect(Math.max(0, ...counts)).toBeLessThanOrEqual(size);
          } else {
            expect(read).toBe(bytes.length);
            expect(target.subarray(0, read)).toEqual(bytes);
            expect(counts.at(-1)).toBe(bytes.length);
            expect(counts).toEqual([...counts].sort((a, b) => a - b));
          }
        },
      ),
    );
  });
});
