import {
  type Cors,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reachableUrl } from '../../src/emulator/function-url.ts';
import { type LambdaFixture, openLambda } from './lambda-fixture.ts';

const ORIGIN = 'https://device.example';

let fixture: LambdaFixture;
beforeAll(async () => {
  fixture = await openLambda();
});
afterAll(() => fixture.close());

async function openUrl(source: string, cors?: Cors) {
  const { name: FunctionName } = await fixture.createFunction(source);
  const create = new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', Cors: cors });
  const { FunctionUrl = '' } = await fixture.lambda.send(create);
  await fixture.target.permit(fixture.lambda, FunctionName);
  const url = reachableUrl(FunctionUrl, fixture.target.client.endpoint);
  return { FunctionName, FunctionUrl, url };
}

/** Answers the event, with a CORS header of its own. */
const ECHO = `export const handler = (event) => ({
  statusCode: 201,
  headers: { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': 'https://own' },
  body: JSON.stringify(event),
});`;

describe('Lambda function URLs', () => {
  it('are created, shown and deleted', async () => {
    const cors = { AllowOrigins: [ORIGIN], MaxAge: 10 };
    const { FunctionName, FunctionUrl, url } = await openUrl(ECHO, cors);
    const get = () => fixture.lambda.send(new GetFunctionUrlConfigCommand({ FunctionName }));
    expect(await get()).toMatchObject({ FunctionUrl, AuthType: 'NONE', Cors: cors });
    await fixture.lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect((await fetch(url)).status).toBeGreaterThanOrEqual(403);
  });

  it('hand the request to the function and its answer back', async () => {
    const { url } = await openUrl(ECHO);
    const response = await fetch(`${url}rounds/open?model=a&model=b`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'X-Mixed': 'Case' },
      body: '{"a":"ü"}',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const event = await response.json();
    expect(event).toMatchObject({
      version: '2.0',
      rawPath: '/rounds/open',
      queryStringParameters: { model: 'a,b' },
      headers: { 'x-mixed': 'Case' },
      requestContext: { http: { method: 'POST', path: '/rounds/open' } },
      body: '{"a":"ü"}',
      isBase64Encoded: false,
    });
  });

  it('take cookies and the query as sent, and set several cookies', async () => {
    const { url } = await openUrl(
      `export const handler = ({ cookies, rawQueryString }) => ({
         statusCode: 200,
         cookies: ['first=1; Path=/', 'second=2; Secure'],
         body: JSON.stringify({ cookies, rawQueryString }),
       });`,
    );
    const query = 'space=a%20b+c&flag&tilde=%7e';
    const response = await fetch(`${url}?${query}`, { headers: { cookie: 'a=1; b=2' } });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual(['first=1; Path=/', 'second=2; Secure']);
    expect(await response.json()).toEqual({ cookies: ['a=1', 'b=2'], rawQueryString: query });
  });

  it('carry binary bodies both ways', async () => {
    const { url } = await openUrl(
      `export const handler = ({ body, isBase64Encoded }) => ({
         statusCode: 200, body, isBase64Encoded, headers: { 'content-type': 'application/octet-stream' },
       });`,
    );
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await fetch(url, { method: 'POST', headers, body: bytes });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  });

  it('F19: have exactly one allow-origin, whatever the body’s type', async () => {
    const { url } = await openUrl(ECHO, { AllowOrigins: [ORIGIN], AllowMethods: ['POST'] });
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/x-www-form-urlencoded',
      undefined,
    ]) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { origin: ORIGIN, ...(type && { 'content-type': type }) },
        body: Buffer.from('{'),
      });
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      const { body, isBase64Encoded } = await response.json();
      expect(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('{');
    }
  });

  it('answer a preflight without running the function, and other origins with nothing', async () => {
    const { url } = await openUrl(`export const handler = () => { throw new Error('asked'); };`, {
      AllowOrigins: [ORIGIN],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization'],
      MaxAge: 3_600,
    });
    const preflight = (origin: string) =>
      fetch(url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const allowed = await preflight(ORIGIN);
    expect(allowed.ok).toBe(true);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(allowed.headers.get('access-control-allow-methods')).toMatch(/POST/);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization');
    expect(allowed.headers.get('access-control-max-age')).toBe('3600');
    const other = await preflight('https://other.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['throws', `throw new Error('secret detail');`],
    ['answers nonsense', 'return { statusCode: 200, body: {} };'],
    ['exits', 'process.exit(1);'],
  ])('answer 502 and no detail when the function %s', async (_what, statement) => {
    const { url } = await openUrl(`export const handler = async () => { ${statement} };`, {
      AllowOrigins: ['*'],
    });
    const response = await fetch(url, { headers: { origin: ORIGIN } });
    expect(response.status).toBe(502);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.text()).not.toContain('secret');
  });

  it('send a result without a status as JSON', async () => {
    const { url } = await openUrl('export const handler = () => ({ hello: "world" });');
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ hello: 'world' });
  });
});
