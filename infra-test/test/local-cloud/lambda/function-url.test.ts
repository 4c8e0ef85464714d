import { describe, expect, it } from 'vitest';
import { preflightResponse, withCors } from '../../../src/local-cloud/lambda/function-url-cors.ts';
import { functionUrlEvent } from '../../../src/local-cloud/lambda/function-url-event.ts';
import { functionUrlResponse } from '../../../src/local-cloud/lambda/function-url-response.ts';
import { requestOf } from './harness.ts';

const eventOf = (
  target: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
) => {
  const { method = 'POST', headers = {}, body = Buffer.alloc(0) } = options;
  const request = requestOf(method, target, { headers });
  return JSON.parse(functionUrlEvent(request, { urlId: 'abc', rawPath: request.path, body }));
};

describe('functionUrlEvent', () => {
  it('has payload format 2.0', () => {
    const event = eventOf('/a%20b/c?x=1&y=2&x=3', {
      headers: {
        'content-type': 'application/json',
        cookie: 'k=v; l=w',
        host: 'cloud:1',
        'user-agent': 'tester',
      },
      body: Buffer.from('{"ü":1}'),
    });
    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a%20b/c',
      rawQueryString: 'x=1&y=2&x=3',
      cookies: ['k=v', 'l=w'],
      headers: {
        'content-type': 'application/json',
        host: 'cloud:1',
        'user-agent': 'tester',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { x: '1,3', y: '2' },
      requestContext: {
        accountId: 'anonymous',
        apiId: 'abc',
        authentication: null,
        domainName: 'cloud:1',
        domainPrefix: 'abc',
        http: {
          method: 'POST',
          path: '/a%20b/c',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'tester',
        },
        requestId: 'request-1',
        routeKey: '$default',
        stage: '$default',
        time: expect.stringMatching(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"ü":1}',
      isBase64Encoded: false,
    });
  });

  it('hands on the query as it was sent', () => {
    const event = eventOf('/?b=%7e+%20&a&c=%C3%BC&=');
    expect(event.rawQueryString).toBe('b=%7e+%20&a&c=%C3%BC&=');
    expect(event.queryStringParameters).toEqual({ a: '', b: '~  ', c: 'ü', '': '' });
  });

  it('leaves out body and parameters where there are none', () => {
    const event = eventOf('/', { method: 'GET' });
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
    expect(Object.keys(event)).not.toContain('body');
    expect(Object.keys(event)).not.toContain('queryStringParameters');
    expect(Object.keys(event)).not.toContain('cookies');
  });

  it.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['Application/JSON', false],
    ['text/plain', false],
    ['text/csv; charset=latin1', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    ['application/jsonlines', true],
    ['multipart/form-data; boundary=x', true],
    [undefined, true],
  ])('F19: encodes a body of type %s as base64: %s', (contentType, isBase64Encoded) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const event = eventOf('/', { headers, body: Buffer.from('{') });
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(event.body).toBe(isBase64Encoded ? 'ew==' : '{');
  });
});

describe('functionUrlResponse', () => {
  const respond = (result: unknown) => functionUrlResponse(JSON.stringify(result));

  it('takes status, headers, body and cookies from a structured result', () => {
    const result = {
      statusCode: 201,
      headers: { 'X-A': 'b' },
      body: 'ok',
      cookies: ['k=v', 'l=w; Secure'],
    };
    expect(respond(result)).toEqual({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-a': 'b' },
      cookies: ['k=v', 'l=w; Secure'],
      body: 'ok',
    });
  });

  it('decodes a base64 body', () => {
    const { body } = respond({ statusCode: 200, body: 'AP8=', isBase64Encoded: true });
    expect(body).toEqual(Buffer.of(0, 255));
  });

  it.each([{ a: 1 }, 'text', 7, null, [1], { body: 'no status' }])(
    'sends any other result %j as JSON',
    (result) => {
      expect(respond(result)).toEqual({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(result),
      });
    },
  );

  it.each([
    { statusCode: 'abc' },
    { statusCode: 99 },
    { statusCode: 200.5 },
    { statusCode: 200, body: {} },
    { statusCode: 200, headers: { a: {} } },
    { statusCode: 200, headers: 'none' },
    { statusCode: 200, cookies: 'k=v' },
  ])('answers 502 for the malformed result %j', (result) => {
    expect(respond(result)).toMatchObject({ status: 502, body: 'Internal Server Error' });
  });
});

describe('CORS of a function URL', () => {
  const from = (origin?: string) =>
    requestOf('OPTIONS', '/', { headers: origin === undefined ? {} : { origin } });

  it('answers a preflight from an allowed origin with what is allowed', () => {
    const cors = {
      AllowOrigins: ['https://a.example'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization', 'content-type'],
      MaxAge: 60,
    };
    expect(preflightResponse(from('https://a.example'), cors)).toEqual({
      status: 200,
      headers: {
        'access-control-allow-origin': 'https://a.example',
        vary: 'Origin',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-max-age': '60',
      },
    });
    expect(preflightResponse(from('https://b.example'), cors).headers).toEqual({});
    expect(preflightResponse(from(), cors).headers).toEqual({});
  });

  it('replaces the function’s own CORS headers, whatever their case', () => {
    const response = {
      status: 200,
      headers: {
        'Access-Control-Allow-Origin': 'https://own',
        'access-control-max-age': '1',
        x: 'y',
      },
    };
    expect(withCors(response, from('https://a'), { AllowOrigins: ['*'] }).headers).toEqual({
      x: 'y',
      'access-control-allow-origin': '*',
    });
    expect(withCors(response, from('https://a'), { AllowOrigins: [] }).headers).toEqual({ x: 'y' });
  });

  it('names the origin instead of the wildcard where credentials are allowed', () => {
    const cors = { AllowOrigins: ['*'], AllowCredentials: true, ExposeHeaders: ['retry-after'] };
    expect(withCors({ status: 200, headers: {} }, from('https://a'), cors).headers).toEqual({
      'access-control-allow-origin': 'https://a',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'retry-after',
      vary: 'Origin',
    });
  });
});
