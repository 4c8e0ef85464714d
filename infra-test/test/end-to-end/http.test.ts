import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRequest } from '../support/raw-http.ts';
import { aggregatorEvents, untilIdle } from './support/function-log.ts';
import { craftUpdate, type RawSlot, startSlot, uploadRaw } from './support/raw-device.ts';
import { startWorld, type World } from './support/world.ts';

const ORIGIN = 'https://app.example';
const FOREIGN = 'https://elsewhere.example';
const ALLOW_ORIGIN = 'access-control-allow-origin';

let world: World;
let sqs: SQSClient;
beforeAll(async () => {
  world = await startWorld({ tuning: { allowedOrigins: [ORIGIN] } });
  sqs = new SQSClient(world.client);
});
afterAll(async () => {
  sqs.destroy();
  await world.close();
});
afterEach(() => world.cloud.setFaults(undefined));

const START = { goal: 100, minimum: 1, deadlineSeconds: 600 };
const ONE = { id: 'one', delta: [1, 1], exampleCount: 1 };

interface RawAnswer {
  readonly status: number;
  /** Values of every header of a name, in the order they came. */
  readonly values: (name: string) => string[];
  readonly body: string;
}

/** One request as it goes over the wire: no header is added, joined or dropped. */
function send(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = openRequest(url, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          values: (name) => headerValues(answer.rawHeaders, name),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

describe('F19 a check-in', () => {
  const TYPES = [
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'no type at all',
  ];

  async function checkIn(contentType: string, body: string, origin = ORIGIN) {
    const token = await world.identity.token({ subject: 'browser' });
    return send(
      `${world.deployed.coordinatorUrl}v1/models/origins/check-in`,
      'POST',
      {
        origin,
        authorization: `Bearer ${token}`,
        ...(contentType.includes('/') ? { 'content-type': contentType } : {}),
      },
      body,
    );
  }

  beforeAll(async () => {
    await world.createModel('origins', 2);
    await world.operator.startRound('origins', START);
  });

  // Lambda hands text over as it is and everything else in base64.
  it.each(TYPES)('is understood as %s, and allows the origin exactly once', async (contentType) => {
    const answer = await checkIn(contentType, '{"schema":1}');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ kind: 'selected', round: 1 });
    expect(answer.values(ALLOW_ORIGIN)).toEqual([ORIGIN]);
  });

  it.each(TYPES)(
    'of broken JSON as %s is refused with a code, readable by script',
    async (contentType) => {
      for (const body of ['{', '[1]', 'schema=1', '{"schema":1}{"schema":1}', '\u0000']) {
        const answer = await checkIn(contentType, body);
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.body)).toMatchObject({
          error: { code: expect.stringMatching(/^json-/) },
        });
        expect(answer.values(ALLOW_ORIGIN)).toEqual([ORIGIN]);
      }
    },
  );

  it('without a body is as good as an empty object', async () => {
    const answer = await checkIn('application/json', '');
    expect({ status: answer.status, allowed: answer.values(ALLOW_ORIGIN) }).toEqual({
      status: 200,
      allowed: [ORIGIN],
    });
  });

  it('of another origin is answered, but no script of it may read the answer', async () => {
    const answer = await checkIn('application/json', '{"schema":1}', FOREIGN);
    expect(answer.values(ALLOW_ORIGIN)).toEqual([]);
  });

  it('refused for any reason allows the origin too', async () => {
    const base = world.deployed.coordinatorUrl;
    const path = 'v1/models/origins/check-in';
    const authorization = `Bearer ${await world.identity.token({ subject: 'browser' })}`;
    const answers = [
      await send(`${base}${path}`, 'POST', { origin: ORIGIN }),
      await send(`${base}${path}`, 'PUT', { origin: ORIGIN, authorization }),
      await send(`${base}v1/nothing`, 'GET', { origin: ORIGIN, authorization }),
      await send(`${base}v1/models/nosuch/check-in`, 'POST', { origin: ORIGIN, authorization }),
      await send(`${base}${path}`, 'POST', { origin: ORIGIN, authorization }, ' '.repeat(70_000)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 405, 404, 404, 413]);
    for (const answer of answers) {
      expect(answer.values(ALLOW_ORIGIN)).toEqual([ORIGIN]);
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: expect.any(String) } });
    }
  });
});

describe('F20 a script on a page', () => {
  /** What a browser asks before it sends such an upload. */
  const preflightOf = ({ url, headers }: RawSlot, origin: string): Promise<RawAnswer> =>
    send(url, 'OPTIONS', {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': Object.keys(headers).sort().join(','),
    });

  it('may upload to its slot and tells a taken key from a stored object', async () => {
    await world.createModel('page', 2);
    await world.operator.startRound('page', START);
    const slot = await startSlot(world, 'page', ONE);
    const preflight = await preflightOf(slot, ORIGIN);
    expect(preflight.status).toBe(200);
    expect(preflight.values(ALLOW_ORIGIN)).toEqual([ORIGIN]);
    expect(preflight.values('access-control-allow-methods').join()).toContain('PUT');
    const allowed = preflight.values('access-control-allow-headers').join().toLowerCase();
    for (const name of Object.keys(slot.headers)) expect(allowed).toContain(name);
    for (const status of [200, 412]) {
      const answer = await slot.put({ headers: { origin: ORIGIN } });
      expect(answer.status).toBe(status);
      expect(answer.headers.get(ALLOW_ORIGIN)).toBe(ORIGIN);
    }
    expect(await slot.outcome()).toMatchObject({ kind: 'received' });
  });

  it('of another origin gets no leave', async () => {
    await world.createModel('foreign', 2);
    await world.operator.startRound('foreign', START);
    const slot = await startSlot(world, 'foreign', ONE);
    const preflight = await preflightOf(slot, FOREIGN);
    expect(preflight.status).toBe(403);
    expect(preflight.values(ALLOW_ORIGIN)).toEqual([]);
    const answer = await slot.put({ headers: { origin: FOREIGN } });
    expect(answer.headers.get(ALLOW_ORIGIN)).toBeNull();
  });
});

describe('F14 the hint queue', () => {
  const hint = (eventName: string, key: string): string =>
    JSON.stringify({ Records: [{ eventName, s3: { object: { key } } }] });

  const sendHint = (MessageBody: string): Promise<unknown> =>
    sqs.send(new SendMessageCommand({ QueueUrl: world.deployed.queues.hints.url, MessageBody }));

  const deadLetters = () =>
    world.cloud.sqs.findQueue(world.deployed.queues.deadLetters.arn)?.counts();

  const ignored = async (): Promise<unknown[]> =>
    (await aggregatorEvents(world)).filter(({ event }) => event === 'message-ignored');

  it('takes whatever is no upload event, says so once, and reads nothing for it', async () => {
    const device = 'd'.repeat(43);
    const odd = [
      '{"Service":"Amazon S3","Event":"s3:TestEvent"}',
      '{}',
      '{"Records":[]}',
      'not json',
      'null',
      hint('ObjectRemoved:Delete', `updates/0/origins/1/${device}`),
      hint('ObjectCreated:Put', 'updates%2F0%2Fm%2F1%2Fd'),
      hint('ObjectCreated:Put', 'updates/0/m/1/a+b'),
      hint('ObjectCreated:Put', 'updates/0/../x'),
      hint('ObjectCreated:Put', '%E0%A4%A'),
      hint('ObjectCreated:Put', `rounds/m/1/${device}`),
    ];
    // Uploads of the tests before have hints on their way.
    await untilIdle(world);
    const before = (await ignored()).length;
    const errors = errorsOfAggregator();
    const reads = JSON.stringify(readCounts());
    await Promise.all(odd.map(sendHint));
    await untilIdle(world);
    expect(await ignored()).toHaveLength(before + odd.length);
    expect(deadLetters()).toMatchObject({ ready: 0, inFlight: 0 });
    expect(JSON.stringify(readCounts())).toBe(reads);
    expect(errorsOfAggregator()).toBe(errors);
  });

  it('follows a key that arrives form-encoded', async () => {
    await world.createModel('encoded', 2);
    const { round } = await world.operator.startRound('encoded', { ...START, goal: 1 });
    world.cloud.setFaults({ seed: 1, events: { dropRate: 1 } });
    const { key } = await uploadRaw(world, 'encoded', ONE);
    await sendHint(hint('ObjectCreated:Put', encodeURIComponent(key)));
    expect(await world.operator.waitForRound('encoded', round)).toMatchObject({ included: 1 });
    world.cloud.setFaults(undefined);
  });

  const errorsOfAggregator = () =>
    world.cloud.lambda.counters().byFunction[world.deployed.aggregatorFunction]?.errors;

  function readCounts() {
    const { GetObject, HeadObject, ListObjectsV2 } = world.cloud.counters().operations['s3'] ?? {};
    return [GetObject, HeadObject, ListObjectsV2].map((count) => count?.requestCount);
  }
});

describe('asking twice is harmless', () => {
  it('for a device: the same round, pseudonym, key and outcome', async () => {
    await world.createModel('again', 2);
    const { round } = await world.operator.startRound('again', { ...START, goal: 1 });
    const [first, second] = [
      await craftUpdate(world, 'again', ONE),
      await craftUpdate(world, 'again', ONE),
    ];
    expect([second.device, second.round, second.key]).toEqual([
      first.device,
      first.round,
      first.key,
    ]);
    const [slot, repeated] = [
      await startSlot(world, 'again', ONE),
      await startSlot(world, 'again', ONE),
    ];
    expect(new URL(repeated.url).pathname).toBe(new URL(slot.url).pathname);
    expect((await slot.put()).status).toBe(200);
    expect((await repeated.put()).status).toBe(412);
    await world.operator.waitForRound('again', round);
    const outcomes = await Promise.all([slot.outcome(), repeated.outcome(), first.outcome()]);
    expect(outcomes).toEqual(outcomes.map(() => ({ schema: 1, kind: 'accepted', version: 1 })));
  });

  it('for an operator: one model, one round, one close, one abort of each request', async () => {
    const w = { dtype: 'F32', shape: [2], data: new Float32Array(2) };
    const model = { model: 'operated', weights: { w }, requestId: 'create-operated' };
    expect(await world.operator.createModel(model)).toEqual(
      await world.operator.createModel(model),
    );
    const start = { ...START, requestId: 'start-operated' };
    const answers = await Promise.all(
      [1, 2, 3].map(() => world.operator.startRound('operated', start)),
    );
    answers.push(await world.operator.startRound('operated', start));
    expect(answers).toEqual(answers.map(() => answers[0]));
    expect(await world.operator.rounds('operated')).toHaveLength(1);
    await uploadRaw(world, 'operated', ONE);
    const close = { requestId: 'close-operated' };
    await world.operator.closeRound('operated', 1, close);
    await world.operator.closeRound('operated', 1, close);
    expect(await world.operator.waitForRound('operated', 1)).toMatchObject({ included: 1 });
    // The start that was answered long ago opens no second round after the first has ended.
    expect(await world.operator.startRound('operated', start)).toEqual(answers[0]);
    await world.operator.startRound('operated', { ...START, requestId: 'second' });
    const abort = { requestId: 'abort-operated' };
    const aborted = await world.operator.abortRound('operated', 2, abort);
    expect(await world.operator.abortRound('operated', 2, abort)).toEqual(aborted);
    expect(await world.operator.status('operated')).toMatchObject({ version: 1, round: 2 });
  });
});
