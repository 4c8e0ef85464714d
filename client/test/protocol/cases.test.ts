/** Faults that people met in systems like this one, each with its kind. */
import {
  decodeSafetensors,
  decodeWeights,
  encodeSafetensors,
  encodeUpdate,
  encodeWeights,
  flattenTensors,
  layOutModel,
  type NamedTensor,
  parseSafetensorsHeader,
  type TrainingPlan,
  unflattenTensors,
  updateBytesMax,
  updateHeaderBytesMax,
} from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTENT, outcomeOf, withMetadata, withTensors } from './files/update-samples.ts';
import { codeOf, FLAT, fileOf, PLAN } from './samples.ts';

describe('F06: a weight is whatever the device says', () => {
  it.each(['-5', '2.5', '1e3', '0x10', ' 7', '9007199254740993', 'NaN', '', undefined])(
    'rejects example_count %j',
    (exampleCount) => {
      expect(outcomeOf(withMetadata({ example_count: exampleCount }))).toMatchObject({
        kind: 'invalid',
        code: 'example-count',
      });
    },
  );

  it('reads 1000000000 as it stands, for the plan to cap', () => {
    const outcome = outcomeOf(withMetadata({ example_count: '1000000000' }));
    expect(outcome).toMatchObject({ kind: 'valid', exampleCount: 1_000_000_000 });
  });

  it('accepts no text but the one decimal spelling of a positive safe integer', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'0123456789+-.eExX_ ,') }),
      fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }).map(String),
    );
    fc.assert(
      fc.property(text, (exampleCount) => {
        const outcome = outcomeOf(withMetadata({ example_count: exampleCount }));
        if (outcome.kind === 'invalid') return;
        expect(Number.isSafeInteger(outcome.exampleCount)).toBe(true);
        expect(String(outcome.exampleCount)).toBe(exampleCount);
      }),
    );
  });
});

describe('F07: a 64-bit counter beside float weights', () => {
  const counter = { dtype: 'I64', shape: [], data: BigInt64Array.of(9007199254740993n) };
  const mixed = {
    ...unflattenTensors(PLAN, FLAT),
    steps: counter as unknown as NamedTensor,
  };

  it('is refused where a model is made, naming tensor and dtype', () => {
    expect(() => encodeWeights(mixed)).toThrow(/"steps" has dtype "I64"/);
    expect(codeOf(() => encodeWeights(mixed))).toBe('wrong-dtype');
  });

  it('is refused where the plan has a tensor of that name', () => {
    const tensors = [...PLAN.tensors, { name: 'steps', dtype: 'F32', shape: [], role: 'trained' }];
    const plan = { ...PLAN, tensors } as TrainingPlan;
    expect(codeOf(() => flattenTensors(plan, mixed))).toBe('wrong-dtype');
  });

  it('is refused when only its dtype is a lie', () => {
    const lie = { ...counter, dtype: 'F32' } as unknown as NamedTensor;
    expect(codeOf(() => encodeWeights({ steps: lie }))).toBe('wrong-dtype');
  });

  it('rejects an update that carries it, beside the plan’s tensors or in the place of one', () => {
    const data = new Uint8Array(8);
    const beside = withTensors((tensors) => [
      ...tensors,
      { name: 'steps', dtype: 'I64', shape: [], data },
    ]);
    expect(outcomeOf(beside)).toMatchObject({ kind: 'invalid', code: 'wrong-tensors' });
    const inPlace = withTensors((tensors) =>
      tensors.map((tensor) =>
        tensor.name === 'norm/mean' ? { ...tensor, dtype: 'I64', data } : tensor,
      ),
    );
    expect(outcomeOf(inPlace)).toMatchObject({ kind: 'invalid', code: 'wrong-dtype' });
  });
});

describe('F08: crafted or enormous headers', () => {
  const valid = encodeUpdate(CONTENT);

  function withStatedLength(stated: bigint): Uint8Array {
    const file = valid.slice();
    new DataView(file.buffer).setBigUint64(0, stated, true);
    return file;
  }

  it.each([
    ['2^64 − 1', 2n ** 64n - 1n, 'header-too-large'],
    ['2^53', 2n ** 53n, 'header-too-large'],
    ['seven bytes less than the file', BigInt(valid.length - 7), 'header-truncated'],
    ['zero', 0n, 'header-not-json'],
  ])('rejects a header that states %s', (_, stated, code) => {
    expect(outcomeOf(withStatedLength(stated))).toMatchObject({ kind: 'invalid', code });
  });

  it('rejects every wrong length by value, having read no more than the plan’s bound', () => {
    const right = BigInt(valid.length - 40 - 8);
    const stated = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(fc.oneof(stated, fc.bigInt({ min: 0n, max: 512n })), (length) => {
        fc.pre(length !== right);
        const prefix = withStatedLength(length).subarray(0, updateHeaderBytesMax(PLAN));
        expect(outcomeOf(prefix, valid.length).kind).toBe('invalid');
      }),
    );
  });

  it('allocates nothing for a length that is only stated', () => {
    const file = withStatedLength(2n ** 31n);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i += 1) {
      expect(codeOf(() => parseSafetensorsHeader(file, { fileBytes: 2 ** 40 }))).toBe(
        'header-too-large',
      );
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it('rejects 30 MB of spaces and 200,000 tensors from the first bytes alone', () => {
    const spaces = fileOf(' '.repeat(30_000_000));
    const entries = Array.from(
      { length: 200_000 },
      (_, i) => `"${i}":{"dtype":"F32","shape":[1],"data_offsets":[${4 * i},${4 * i + 4}]}`,
    );
    const crowd = fileOf(`{${entries.join(',')}}`, 800_000);
    for (const file of [spaces, crowd]) {
      const prefix = file.subarray(0, updateHeaderBytesMax(PLAN));
      const fileBytes = Math.min(file.length, updateBytesMax(PLAN));
      expect(outcomeOf(prefix, fileBytes)).toMatchObject({ code: 'header-too-large' });
      expect(codeOf(() => decodeSafetensors(file))).toBe('header-too-large');
    }
  });
});

describe('F09: a name that appears twice', () => {
  const at = (begin: number) =>
    `{"dtype":"F32","shape":[2],"data_offsets":[${begin},${begin + 8}]}`;

  it.each([
    ['of a tensor', `{"a":${at(0)},"a":${at(8)}}`],
    ['of a tensor, once escaped', `{"a":${at(0)},"\\u0061":${at(8)}}`],
    ['of a tensor with equal entries', `{"a":${at(0)},"b":${at(8)},"a":${at(0)}}`],
    ['of the metadata', `{"__metadata__":{},"a":${at(0)},"__metadata__":{},"b":${at(8)}}`],
    ['in the metadata', `{"__metadata__":{"k":"1","k":"1"},"a":${at(0)},"b":${at(8)}}`],
    ['in an entry', `{"a":{"shape":[4],${at(0).slice(1)},"b":${at(8)}}`],
    ['in a field nobody reads', `{"a":{"x":[{"y":1,"y":2}],${at(0).slice(1)},"b":${at(8)}}`],
  ])('is refused as a duplicate: %s', (_, header) => {
    expect(codeOf(() => decodeSafetensors(fileOf(header, 16)))).toBe('duplicate-name');
  });

  it('leaves no metrics, which are JSON inside of JSON and no reason to refuse an update', () => {
    expect(outcomeOf(withMetadata({ metrics: '{"loss":1,"loss":2}' }))).toMatchObject({
      kind: 'valid',
      metrics: {},
    });
  });

  it('is refused in every file that repeats one, wherever the repetition stands', () => {
    const names = fc.uniqueArray(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, fc.nat(), fc.nat(), (unique, which, where) => {
        const all = unique.toSpliced(
          where % (unique.length + 1),
          0,
          unique[which % unique.length]!,
        );
        const entries = all.map(
          (name) => `${JSON.stringify(name)}:{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
        );
        const file = fileOf(`{${entries.join(',')}}`);
        expect(codeOf(() => decodeSafetensors(file))).toBe('duplicate-name');
      }),
    );
  });
});

describe('F10: empty tensors and scalars', () => {
  const header =
    '{"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"f":{"dtype":"F32","shape":[2,0],"data_offsets":[0,0]},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
  const plan: TrainingPlan = {
    ...PLAN,
    tensors: [
      { name: 'e', dtype: 'F32', shape: [0, 3], role: 'trained' },
      { name: 'f', dtype: 'F32', shape: [2, 0], role: 'trained' },
      { name: 's', dtype: 'F32', shape: [], role: 'trained' },
    ],
  };

  it('round-trip with their shapes', () => {
    const { tensors } = decodeSafetensors(fileOf(header, 4));
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['e', [0, 3]],
      ['f', [2, 0]],
      ['s', []],
    ]);
    expect(decodeSafetensors(encodeSafetensors({ tensors })).tensors).toEqual(tensors);
  });

  it('make a model of one element, and an update of it', () => {
    expect(layOutModel(plan).elementCount).toBe(1);
    const delta = unflattenTensors(plan, Float32Array.of(0.5));
    const decoded = decodeWeights(encodeUpdate({ ...CONTENT, plan, delta }));
    expect(decoded).toEqual(delta);
    expect(flattenTensors(plan, decoded)).toEqual(Float32Array.of(0.5));
  });

  it('make an update without a byte of data', () => {
    const empty = { ...plan, tensors: plan.tensors.slice(0, 2) };
    const delta = unflattenTensors(empty, new Float32Array());
    expect(decodeWeights(encodeUpdate({ ...CONTENT, plan: empty, delta }))).toEqual(delta);
  });

  it('do not excuse a tensor of one element without bytes', () => {
    const one = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,0]}}';
    expect(codeOf(() => decodeSafetensors(fileOf(one)))).toBe('size-mismatch');
  });
});
