import {
  canonicalJson,
  commandDigest,
  decodeBase64,
  encodeBase64,
  formatObjectRef,
  type Json,
  parseObjectRef,
  parseWorkerObjectKey,
  sha256Hex,
  type WireCommand,
  workerObjectKey,
} from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const id = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const owner = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/);
const worker = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

describe('references and keys of objects', () => {
  it('parse to what made them', () => {
    fc.assert(
      fc.property(worker, owner, owner, id, (name, mine, other, object) => {
        const there = { owner: other, id: object };
        expect(parseObjectRef(formatObjectRef(there), { caller: mine })).toEqual(there);
        expect(parseObjectRef(object, { caller: mine })).toEqual({ owner: mine, id: object });
        const key = { worker: name, ...there };
        expect(parseWorkerObjectKey(workerObjectKey(key))).toEqual(key);
      }),
    );
  });

  it.each([
    '',
    'x',
    '/',
    `../${'x'.repeat(22)}`,
    `./${'x'.repeat(22)}`,
    `a/b/${'x'.repeat(22)}`,
    `${'x'.repeat(22)}=`,
    `/${'x'.repeat(22)}`,
    `${'x'.repeat(65)}/${'x'.repeat(22)}`,
    `a b/${'x'.repeat(22)}`,
  ])('of another form parse to nothing: %j', (text) => {
    expect(parseObjectRef(text, { caller: 'me' })).toBeUndefined();
    expect(parseWorkerObjectKey(`workers/w/objects/${text}`)).toBeUndefined();
  });

  it('of other kinds of things parse to nothing', () => {
    for (const key of [
      'updates/0/m/1/d',
      `workers/w/plans/${'x'.repeat(22)}`,
      `workers/../objects/o/${'x'.repeat(22)}`,
    ]) {
      expect(parseWorkerObjectKey(key)).toBeUndefined();
    }
  });
});

describe('canonical JSON', () => {
  it('is the same for the same value in any order, and parses to it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value) as Json)).toBe(text);
      }),
    );
  });

  it('is written as RFC 8785 writes it', () => {
    const value = { é: 1e21, b: [null, true, 1.5e-7, -0], a: { '\u20ac': '\n', '10': 1, '9': 2 } };
    expect(canonicalJson(value)).toBe(
      '{"a":{"10":1,"9":2,"€":"\\n"},"b":[null,true,1.5e-7,0],"é":1e+21}',
    );
  });
});

describe('the digest of a command', () => {
  const command: WireCommand = [
    'add',
    ['x'.repeat(22), { value: 1 }],
    { a: 1, b: 2 },
    ['y'.repeat(22)],
  ];
  const digest = (change: WireCommand, caller = 'me') => commandDigest(change, { caller });

  it('is of the canonical JSON with absolute references', async () => {
    const text = `["add",["me/${'x'.repeat(22)}",{"value":1}],{"a":1,"b":2},["${'y'.repeat(22)}"]]`;
    expect(await digest(command)).toBe(await sha256Hex(new TextEncoder().encode(text)));
    const [op, , , results] = command;
    const absolute = [`me/${'x'.repeat(22)}`, { value: 1 }];
    expect(await digest([op, absolute, { b: 2, a: 1 }, results])).toBe(await digest(command));
  });

  it('differs with everything a command is made of', async () => {
    const [op, args, attributes, results] = command;
    const others: WireCommand[] = [
      ['sub', args, attributes, results],
      [op, [...args].reverse(), attributes, results],
      [op, [args], attributes, results] as unknown as WireCommand,
      [op, args, { a: 1 }, results],
      [op, args, attributes, ['z'.repeat(22)]],
      [op, args, attributes, []],
    ];
    const digests = await Promise.all([command, ...others].map((other) => digest(other)));
    expect(new Set([...digests, await digest(command, 'you')]).size).toBe(8);
  });
});

describe('base64', () => {
  it('reads what it writes, as other libraries do', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
    const long = new Uint8Array(100_001).fill(7);
    expect(encodeBase64(long)).toBe(Buffer.from(long).toString('base64'));
  });

  it.each(['A', 'AA', 'AAA', 'AA=A', '====', 'AA A', 'AAA\n', 'AA-_', 'AAAA=', '=AAA'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
