import {
  DeploymentError,
  InvocationFailedError,
  REQUEST_BODY_BYTES_MAX,
  type VersionDownload,
  versionDownloadSchema,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/coordinator/dispatch.ts';
import { keysUnavailable } from '../../../src/identity/remote-keys.ts';
import { createModel, MODEL, openFirstRound, planOf } from '../../support/federation.ts';
import {
  createTestCoordinator,
  errorIn,
  replyTo,
  request,
  type TestCoordinator,
} from '../support/coordinator.ts';
import { aborted, openNext, published } from '../support/history.ts';

const CHECK_IN = `/v1/models/${MODEL}/check-in`;

let test: TestCoordinator;

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, planOf());
  await openFirstRound(test.store);
});

function event(fields: object): object {
  return {
    version: '2.0',
    rawPath: CHECK_IN,
    rawQueryString: '',
    headers: { authorization: 'Bearer subject:device-1' },
    requestContext: { http: { method: 'POST' } },
    ...fields,
  };
}

describe('Routes', () => {
  it.each(['', '/stage', '/a/b/v1/models/x'])('are found below the path %j', async (prefix) => {
    const { status } = await request(test, { path: `${prefix}${CHECK_IN}` });
    expect(status).toBe(200);
  });

  it.each([
    '/',
    '',
    '/v1/models',
    `/v1/models/${MODEL}`,
    `${CHECK_IN}/`,
    `/v2/models/${MODEL}/check-in`,
    `/v1/models/${MODEL}/a/check-in`,
    '/v1/models//check-in',
  ])('are unknown at %j', async (path) => {
    const { status, body } = await request(test, { path });
    expect([status, errorIn(body).code]).toEqual([404, 'route-unknown']);
  });

  it.each([
    ['GET', CHECK_IN, 'POST'],
    ['PUT', `/v1/models/${MODEL}/rounds/1/slot`, 'POST'],
    ['POST', `/v1/models/${MODEL}/rounds/1/outcome`, 'GET'],
    ['OPTIONS', `/v1/models/${MODEL}/versions/0`, 'GET'],
  ])('refuse %s %s', async (method, path, allow) => {
    const { status, headers, body } = await request(test, { method, path });
    expect([status, errorIn(body).code, headers['allow']]).toEqual([
      405,
      'method-not-allowed',
      allow,
    ]);
  });

  it.each(['a%2Fb', '..', '-m', 'm'.repeat(65)])('refuse the model name %s', async (name) => {
    const { status, body } = await request(test, { path: `/v1/models/${name}/check-in` });
    expect([status, errorIn(body).code]).toEqual([400, 'model-name']);
  });

  it.each([
    CHECK_IN,
    `/v1/models/${MODEL}/rounds/1/slot`,
    `/v1/models/${MODEL}/rounds/1/outcome`,
    `/v1/models/${MODEL}/versions/0`,
  ])('ask for a token at %s', async (path) => {
    const method = /outcome|versions/.test(path) ? 'GET' : 'POST';
    const { status, headers, body } = await request(test, { method, path, subject: null });
    expect([status, errorIn(body).code]).toEqual([401, 'token-missing']);
    expect(headers['www-authenticate']).toBe('Bearer');
  });
});

describe('F19: a body', () => {
  const contentTypes = [
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    undefined,
    'application/x-www-form-urlencoded',
  ];

  it.each(contentTypes)(
    'of broken JSON is refused under content type %s, in base64 or not',
    async (type) => {
      const headers = {
        authorization: 'Bearer subject:device-1',
        origin: 'https://app.example',
        ...(type === undefined ? {} : { 'content-type': type }),
      };
      for (const isBase64Encoded of [false, true]) {
        const body = isBase64Encoded ? Buffer.from('{').toString('base64') : '{';
        const reply = await replyTo(test.coordinator, event({ headers, body, isBase64Encoded }));
        expect([reply.status, errorIn(reply.body).code]).toEqual([400, 'json-malformed']);
        expect(Object.keys(reply.headers)).not.toContain('access-control-allow-origin');
      }
    },
  );

  it('in base64 is read', async () => {
    const body = Buffer.from('{"schema":1}').toString('base64');
    const { status } = await replyTo(test.coordinator, event({ body, isBase64Encoded: true }));
    expect(status).toBe(200);
  });

  it.each(['[]', 'null', '7', '"x"', '{"schema":"1"}'])('%s is not a check-in', async (body) => {
    const reply = await replyTo(test.coordinator, event({ body }));
    expect([reply.status, errorIn(reply.body).code]).toEqual([400, 'json-invalid']);
  });

  it('that is not UTF-8 is refused', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]).toString('base64');
    const reply = await replyTo(test.coordinator, event({ body, isBase64Encoded: true }));
    expect([reply.status, errorIn(reply.body).code]).toEqual([400, 'json-malformed']);
  });

  it('above the limit is refused unread', async () => {
    const reply = await replyTo(
      test.coordinator,
      event({ body: ' '.repeat(REQUEST_BODY_BYTES_MAX + 1) }),
    );
    expect([reply.status, errorIn(reply.body).code]).toEqual([413, 'body-too-large']);
  });
});

describe('Replies', () => {
  it('are JSON that nobody keeps', async () => {
    const { headers } = await request(test, { path: CHECK_IN });
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  it('say when to come back, in the header too', async () => {
    const failing = {
      ...test.coordinator,
      verifyToken: () =>
        Promise.reject(new InvocationFailedError('Not now', { code: 'read-truncated' })),
    };
    const reply = await replyTo(failing, event({}));
    expect([reply.status, errorIn(reply.body).code, reply.headers['retry-after']]).toEqual([
      503,
      'try-again',
      '1',
    ]);
  });

  it("are 503 and logged while the identity provider's keys are away", async () => {
    const verifyToken = () => Promise.reject(keysUnavailable(new Error('connection refused')));
    const reply = await replyTo({ ...test.coordinator, verifyToken }, event({}));
    expect([reply.status, errorIn(reply.body).code, reply.headers['retry-after']]).toEqual([
      503,
      'keys-unavailable',
      '5',
    ]);
    expect(test.logged).toMatchObject([{ cause: 'Error: connection refused' }]);
  });

  it('say nothing of what failed inside, and the log does', async () => {
    const verifyToken = () => Promise.reject(new Error('secret detail'));
    const reply = await replyTo({ ...test.coordinator, verifyToken }, event({}));
    expect([reply.status, errorIn(reply.body).code]).toEqual([500, 'internal']);
    expect(JSON.stringify(reply)).not.toContain('secret detail');
    expect(test.logged).toMatchObject([{ level: 'error', message: 'secret detail' }]);
  });

  it('tell devices no detail of a wrong deployment', async () => {
    const answer = await dispatch(event({}), {
      provide: () => {
        throw new DeploymentError('Variable X is missing', { code: 'setting-missing' });
      },
      log: test.coordinator.log,
    });
    expect(answer).toMatchObject({ statusCode: 500 });
    expect(JSON.stringify(answer)).toContain('setting-missing');
    expect(JSON.stringify(answer)).not.toContain('Variable X');
  });

  it('are logged with the pseudonym of the device, refusals with their code, none as a failure', async () => {
    const path = CHECK_IN;
    await request(test, { path });
    await request(test, { path: '/v1/models/other/check-in' });
    const line = {
      level: 'info',
      event: 'device-answered',
      request: 'check-in',
      device: test.device('device-1'),
      durationMs: expect.any(Number),
    };
    expect(test.logged).toEqual([
      { ...line, model: MODEL },
      { ...line, model: 'other', code: 'model-unknown' },
    ]);
    expect(JSON.stringify(test.logged)).not.toContain('device-1');
  });

  it('to strangers are not logged: nobody could tell whose they are', async () => {
    await request(test, { path: CHECK_IN, subject: null });
    expect(test.logged).toEqual([]);
  });

  it('blame the bucket, not the caller, for an object that is broken', async () => {
    await test.store.replace(
      { key: `models/${MODEL}/head.json`, etag: (await test.records.head(MODEL))?.etag ?? '' },
      new TextEncoder().encode('{'),
    );
    const { status, body } = await request(test, { path: CHECK_IN });
    expect([status, errorIn(body).code]).toEqual([409, 'stored-object-invalid']);
    expect(errorIn(body)).not.toHaveProperty('retryAfterSeconds');
    expect(JSON.stringify(body)).not.toContain('head.json');
  });

  it.each(['../../secret', 'a\\u0000', ''])(
    'refuse a stored plan with file name %j at once',
    async (name) => {
      const key = `models/${MODEL}/plan.json`;
      const stored = await test.store.get(key);
      const text = new TextDecoder().decode(stored?.body).replace('model.safetensors', name);
      await test.store.replace({ key, etag: stored?.etag ?? '' }, new TextEncoder().encode(text));
      const { status, body } = await request(test, { path: CHECK_IN });
      expect([status, errorIn(body).code]).toEqual([409, 'stored-object-invalid']);
    },
  );
});

describe('Versions', () => {
  async function version(number: number | string): Promise<VersionDownload> {
    const path = `/v1/models/${MODEL}/versions/${number}`;
    const { status, body } = await request(test, { method: 'GET', path });
    expect(status).toBe(200);
    return versionDownloadSchema.parse(body);
  }

  it("are the plan's for 0, a result's for any other, and the last published one for head", async () => {
    const first = await openFirstRound(test.store);
    expect(await version('head')).toEqual(await version(0));
    await test.records.writeResult(published(1));
    await openNext(test, first, { round: 2 });
    await test.records.writeResult(aborted(2, { version: 1 }));
    const one = await version(1);
    expect(one).toMatchObject({ version: 1, files: [{ name: 'model.safetensors', bytes: 100 }] });
    expect(new URL(one.files[0]?.url ?? '').pathname).toBe(
      `/federation/models/${MODEL}/versions/1/model.safetensors`,
    );
    expect(await version('head')).toEqual(one);
  });

  it.each([1, 2, 3, 99])('that no result names are unknown: %i', async (number) => {
    const first = await openFirstRound(test.store);
    await test.records.writeResult(aborted(1));
    await openNext(test, first, { round: 2 });
    // A rollback: the round's result names an older version, so its own number is none.
    await test.records.writeResult(published(2, { version: 0 }));
    await test.store.putOnce(`models/${MODEL}/versions/3/model.safetensors`, new Uint8Array(8));
    const path = `/v1/models/${MODEL}/versions/${number}`;
    const { status, body } = await request(test, { method: 'GET', path });
    expect([status, errorIn(body).code]).toEqual([404, 'version-unknown']);
  });

  it.each(['latest', '-1', '1.0', '01', '1e3'])('have no name like %s', async (name) => {
    const path = `/v1/models/${MODEL}/versions/${name}`;
    const { status, body } = await request(test, { method: 'GET', path });
    expect([status, errorIn(body).code]).toEqual([400, 'path-malformed']);
  });
});
