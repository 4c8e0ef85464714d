import { describe, expect, test } from 'vitest';
import type { CorsRule } from '../../../src/local-cloud/s3/bucket-settings.ts';
import { corsHeaders, preflightHeaders } from '../../../src/local-cloud/s3/cors.ts';
import { corsDocument, parseCorsDocument } from '../../../src/local-cloud/s3/cors-document.ts';

function rule(change: Partial<CorsRule> = {}): CorsRule {
  return {
    id: undefined,
    allowedOrigins: ['https://*.example.com'],
    allowedMethods: ['GET', 'PUT'],
    allowedHeaders: [],
    exposeHeaders: [],
    maxAgeSeconds: undefined,
    ...change,
  };
}

function allowedOrigin(rules: readonly CorsRule[], origin: string, method = 'GET') {
  return corsHeaders(rules, { method, headers: { origin } })['access-control-allow-origin'];
}

describe('an answer', () => {
  test.each([
    ['https://a.example.com', 'https://a.example.com'],
    ['https://a.b.example.com', 'https://a.b.example.com'],
    ['https://.example.com', 'https://.example.com'],
    ['https://example.com', undefined],
    ['https://a.example.com.evil.org', undefined],
    ['http://a.example.com', undefined],
  ])('to %s allows %s', (origin, allowed) => {
    expect(allowedOrigin([rule()], origin)).toBe(allowed);
  });

  test('the ends of a pattern do not overlap', () => {
    const rules = [rule({ allowedOrigins: ['https://a*a.org'] })];
    expect(allowedOrigin(rules, 'https://a.org')).toBeUndefined();
    expect(allowedOrigin(rules, 'https://aa.org')).toBe('https://aa.org');
  });

  test('to everybody says so, without credentials', () => {
    const headers = corsHeaders([rule({ allowedOrigins: ['*'] })], {
      method: 'GET',
      headers: { origin: 'https://x.org' },
    });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  test('takes the first rule that allows origin and method', () => {
    const rules = [
      rule({ allowedMethods: ['GET'], exposeHeaders: ['first'] }),
      rule({ allowedMethods: ['GET', 'PUT'], exposeHeaders: ['second'] }),
    ];
    const exposed = (method: string) =>
      corsHeaders(rules, { method, headers: { origin: 'https://a.example.com' } })[
        'access-control-expose-headers'
      ];
    expect([exposed('GET'), exposed('PUT'), exposed('DELETE')]).toEqual([
      'first',
      'second',
      undefined,
    ]);
  });
});

describe('a preflight', () => {
  const ask = (rules: readonly CorsRule[], requested?: string, method = 'PUT') => {
    try {
      return preflightHeaders(rules, {
        origin: 'https://a.example.com',
        'access-control-request-method': method,
        'access-control-request-headers': requested,
      })['access-control-allow-headers'];
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  test('is allowed the headers it asks for, by name or pattern, in any case', () => {
    const rules = [rule({ allowedHeaders: ['X-Amz-*', 'if-none-match'] })];
    expect(ask(rules, 'If-None-Match, x-amz-checksum-sha256')).toBe(
      'if-none-match, x-amz-checksum-sha256',
    );
    expect(ask(rules)).toBeUndefined();
    expect(ask(rules, 'x-amz-date, authorization')).toBe('AccessForbidden');
  });

  test('without a matching rule, or any, is forbidden', () => {
    expect(ask([rule()], undefined, 'DELETE')).toBe('AccessForbidden');
    expect(ask([])).toBe('AccessForbidden');
  });

  test('without origin or method is none', () => {
    const origin = 'https://a.example.com';
    expect(() => preflightHeaders([rule()], { origin })).toThrow(
      expect.objectContaining({ code: 'InvalidRequest' }),
    );
  });
});

describe('the configuration document', () => {
  test('is read as it was written', () => {
    const rules = [
      rule({ id: 'a & b', allowedHeaders: ['*'], exposeHeaders: ['ETag'], maxAgeSeconds: 5 }),
      rule(),
    ];
    expect(parseCorsDocument(corsDocument(rules))).toEqual(rules);
  });

  test.each([
    '<CORSConfiguration></CORSConfiguration>',
    '<Other/>',
    'no xml',
    '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
    '<CORSConfiguration><CORSRule><AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod></CORSRule></CORSConfiguration>',
  ])('%s is malformed', (text) => {
    expect(() => parseCorsDocument(text)).toThrow(
      expect.objectContaining({ code: 'MalformedXML' }),
    );
  });
});
