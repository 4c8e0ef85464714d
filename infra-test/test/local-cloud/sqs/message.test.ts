import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkMessage,
  MESSAGE_BYTES_MAX,
  md5OfAttributes,
  messageByteCount,
  type OutgoingMessage,
} from '../../../src/local-cloud/sqs/message.ts';

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

describe('md5OfAttributes', () => {
  it('digests each part after its length, a text value after the byte 1', () => {
    const bytes = Buffer.from('\0\0\0\x01a\0\0\0\x06String\x01\0\0\0\x01b', 'latin1');
    expect(md5OfAttributes({ a: { DataType: 'String', StringValue: 'b' } })).toBe(md5(bytes));
  });

  it('digests decoded binary values after the byte 2, and sorts by name', () => {
    const bytes = Buffer.from(
      '\0\0\0\x01a\0\0\0\x06Number\x01\0\0\0\x017\0\0\0\x01z\0\0\0\x06Binary\x02\0\0\0\x02\xff\x00',
      'latin1',
    );
    const attributes = {
      z: { DataType: 'Binary', BinaryValue: Buffer.of(255, 0).toString('base64') },
      a: { DataType: 'Number', StringValue: '7' },
    };
    expect(md5OfAttributes(attributes)).toBe(md5(bytes));
  });
});

describe('checkMessage', () => {
  const check = (message: OutgoingMessage) => () => checkMessage(message, MESSAGE_BYTES_MAX);

  it('accepts exactly the largest message and refuses one byte more', () => {
    const body = 'x'.repeat(MESSAGE_BYTES_MAX);
    expect(check({ body })).not.toThrow();
    expect(check({ body: `${body}x` })).toThrow(/1048576 bytes, got 1048577/);
  });

  it('counts UTF-8 bytes and attributes', () => {
    const attributes = { ab: { DataType: 'String', StringValue: 'ü' } };
    expect(messageByteCount({ body: '€', attributes })).toBe(3 + 2 + 6 + 2);
  });

  it.each(['\0', '\u000B', '\uFFFE', '\uD800', 'a\u001F'])(
    'refuses the character in %j',
    (body) => {
      expect(check({ body })).toThrow(expect.objectContaining({ code: 'InvalidMessageContents' }));
    },
  );

  it.each(['\t\n\r', 'ü€', '😀'])('accepts %j', (body) => {
    expect(check({ body })).not.toThrow();
  });

  it('refuses an empty body', () => {
    expect(check({ body: '' })).toThrow(expect.objectContaining({ code: 'MissingParameter' }));
  });

  it.each([
    ['a reserved name', { 'aws.x': { DataType: 'String', StringValue: 'v' } }],
    ['an unknown type', { x: { DataType: 'Text', StringValue: 'v' } }],
    ['an empty value', { x: { DataType: 'String', StringValue: '' } }],
    ['a text in a binary attribute', { x: { DataType: 'Binary', StringValue: 'v' } }],
  ])('refuses an attribute with %s', (_what, attributes) => {
    expect(check({ body: 'b', attributes })).toThrow(
      expect.objectContaining({ code: 'InvalidParameterValue' }),
    );
  });

  it('refuses an eleventh attribute', () => {
    const names = Array.from({ length: 11 }, (_, index) => `n${index}`);
    const attributes = Object.fromEntries(
      names.map((name) => [name, { DataType: 'String', StringValue: 'v' }]),
    );
    expect(check({ body: 'b', attributes })).toThrow(/\[11\] exceeds the allowed maximum \[10\]/);
  });
});
