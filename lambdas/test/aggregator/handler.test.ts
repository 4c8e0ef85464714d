import { DeploymentError } from '@tributary/client/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler } from '../../src/aggregator/handler.ts';

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

describe('The aggregator’s function', () => {
  const good = { eventSource: 'aws:sqs', messageId: 'a', body: '{}' };

  it.each([
    ['records of S3', [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }]],
    ['one record of another source among good ones', [good, { ...good, eventSource: 'aws:sns' }]],
    ['a record without a body', [good, { eventSource: 'aws:sqs', messageId: 'b' }]],
    ['records that are no array', 'x'],
  ])('fails on %s, so that the whole batch comes back', async (_, Records) => {
    const answer = handler({ Records });
    await expect(answer).rejects.toThrow(DeploymentError);
    await expect(answer).rejects.toMatchObject({ code: 'event-unknown' });
  });

  it.each([[{}], [null], [undefined], ['text'], [{ sweep: 'yes' }]])(
    'answers %j, which nobody waits to see again, with a code',
    async (event) => {
      expect(await handler(event)).toMatchObject({ error: { code: 'event-unknown' } });
    },
  );
});
