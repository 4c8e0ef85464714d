import { afterEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../src/coordinator/handler.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('F18: the coordinator without an environment', () => {
  it('answers an event that is none with a code', async () => {
    expect(await handler({})).toMatchObject({ schema: 1, error: { code: 'event-unknown' } });
  });

  it('tells an operator which variable is missing, and logs it', async () => {
    vi.stubEnv('TRIBUTARY_BUCKET', undefined);
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const answer = await handler({ schema: 1, operation: 'list-models' });
    expect(answer).toMatchObject({
      error: { code: 'setting-missing', message: expect.stringContaining('TRIBUTARY_BUCKET') },
    });
    expect(String(written.mock.calls[0]?.[0])).toContain('"event":"request-failed"');
  });

  it('answers a device over HTTP, with a code', async () => {
    vi.stubEnv('TRIBUTARY_BUCKET', undefined);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const answer = await handler({
      rawPath: '/v1/models/m/check-in',
      requestContext: { http: { method: 'POST' } },
    });
    expect(answer).toMatchObject({
      statusCode: 500,
      body: expect.stringContaining('setting-missing'),
    });
  });
});
