import {
  COHORT_MAX,
  type CreateModelAnswer,
  DELTA_BOUND_LOG2_MAX,
  DELTA_BOUND_LOG2_MIN,
  encodeSafetensors,
  encodeVersion,
  layOutModel,
  MEMBER_WEIGHT_MAX,
  type TrainingPlan,
  versionBytesMax,
  versionFileKey,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkPlan } from '../../../src/coordinator/operator/check-plan.ts';
import { sha256Hex } from '../../../src/storage/sha256.ts';
import { MODEL, planOf } from '../../support/federation.ts';
import { createTestCoordinator, operate, type TestCoordinator } from '../support/coordinator.ts';

let test: TestCoordinator;

beforeEach(() => {
  test = createTestCoordinator();
});

interface Request {
  readonly schema: 1;
  readonly operation: 'create-model';
  readonly requestId: string;
  readonly plan: TrainingPlan;
  readonly weights: { readonly bytes: number; readonly sha256: string };
}

function fileOf(plan: TrainingPlan): Uint8Array {
  return encodeVersion({
    plan,
    version: 0,
    weights: new Float32Array(layOutModel(plan).elementCount),
  });
}

function requestFor(plan: TrainingPlan, file = fileOf(plan)): Request {
  return {
    schema: 1,
    operation: 'create-model',
    requestId: 'request-1',
    plan,
    weights: { bytes: file.length, sha256: sha256Hex(file) },
  };
}

function create(request: object) {
  return operate<Partial<CreateModelAnswer>>(test, request);
}

function keyFor(file: Uint8Array): string {
  return versionFileKey(MODEL, 0, `model-${sha256Hex(file).slice(0, 16)}.safetensors`);
}

/** Uploads a file and repeats the request that stated it. */
async function createWith(plan: TrainingPlan, file: Uint8Array) {
  await test.store.putOnce(keyFor(file), file);
  return create(requestFor(plan, file));
}

/** What a version's file says of itself. */
const VERSION_0 = { format: '1', model: MODEL, version: '0' };

describe('Creating a model', () => {
  const plan = planOf();
  const file = fileOf(plan);

  it('first gives a slot bound to the weights, then finds them and creates', async () => {
    const upload = await create(requestFor(plan));
    if (upload.kind !== 'upload') throw new Error(`Answer is ${JSON.stringify(upload)}`);
    expect(upload.slot?.headers['x-amz-checksum-sha256']).toBe(
      Buffer.from(sha256Hex(file), 'hex').toString('base64'),
    );
    expect(new URL(upload.slot?.url ?? '').pathname).toBe(`/federation/${keyFor(file)}`);
    expect([...test.store.objects.keys()]).toEqual([]);
    await test.store.putOnce(keyFor(file), file);
    expect(await create(requestFor(plan))).toEqual({
      schema: 1,
      kind: 'created',
      model: MODEL,
      version: 0,
    });
    expect((await test.records.head(MODEL))?.head).toEqual({ schema: 1, round: 0, version: 0 });
    expect((await test.records.plan(MODEL))?.initial).toEqual({
      version: 0,
      files: [
        { name: keyFor(file).split('/').at(-1), bytes: file.length, sha256: sha256Hex(file) },
      ],
    });
  });

  it('twice is once', async () => {
    const once = await createWith(plan, file);
    const objects = structuredClone(test.store.objects);
    expect(await create(requestFor(plan))).toEqual(once);
    expect(test.store.objects).toEqual(objects);
  });

  it('under a name that is taken is refused, before and after an upload', async () => {
    await createWith(plan, file);
    const other = { ...requestFor(plan), requestId: 'request-2' };
    expect((await create(other)).error).toMatchObject({ code: 'model-exists' });
  });

  it('by two requests at once gives the name to one', async () => {
    await test.store.putOnce(keyFor(file), file);
    const answers = await Promise.all([
      create(requestFor(plan)),
      create({ ...requestFor(plan), requestId: 'request-2' }),
    ]);
    const codes = answers.map((answer) => answer.kind ?? answer.error?.code).sort();
    expect(codes).toEqual(['created', 'model-exists']);
  });

  it('again with another plan or other weights under the same requestId is refused', async () => {
    await createWith(plan, file);
    const changed = { ...plan, training: { epochs: 2 } };
    const error = { code: 'request-id-reused' };
    expect((await create(requestFor(changed, file))).error).toMatchObject(error);
    const weights = { bytes: file.length, sha256: 'ab'.repeat(32) };
    expect((await create({ ...requestFor(plan), weights })).error).toMatchObject(error);
  });

  it.each(['create-model', 'model-status', 'start-round'])(
    'that stopped between plan and head is healed by %s',
    async (operation) => {
      await createWith(plan, file);
      test.store.objects.delete(`models/${MODEL}/head.json`);
      const settings = {
        goal: 1,
        minimum: 1,
        deadlineSeconds: 60,
        abandonAfterSeconds: 60,
        overSelection: 1,
        population: null,
      };
      const requests: Record<string, object> = {
        'create-model': requestFor(plan),
        'model-status': { schema: 1, operation, model: MODEL },
        'start-round': {
          schema: 1,
          operation,
          requestId: 'r',
          model: MODEL,
          settings,
          remaining: 0,
        },
      };
      expect((await operate<object>(test, requests[operation] ?? {})).error).toBeUndefined();
      expect((await test.records.head(MODEL))?.head).toEqual({ schema: 1, round: 0, version: 0 });
    },
  );

  it('accepts scalars and empty tensors', async () => {
    const odd = planOf({
      tensors: [
        { name: 'e', dtype: 'F32', shape: [0, 3], role: 'trained' },
        { name: 's', dtype: 'F32', shape: [], role: 'statistic' },
      ],
    });
    const plain = encodeSafetensors({
      tensors: [
        { name: 'e', dtype: 'F32', shape: [0, 3], data: new Uint8Array(0) },
        { name: 's', dtype: 'F32', shape: [], data: new Uint8Array(4) },
      ],
      metadata: VERSION_0,
    });
    expect((await createWith(odd, plain)).kind).toBe('created');
  });
});

describe('Weights that do not fit are refused', () => {
  const plan = planOf();
  const tensor = { name: 'w', dtype: 'F32', shape: [2], data: new Uint8Array(8) } as const;

  it.each([
    ['wrong-tensors', [{ ...tensor, name: 'v' }]],
    ['wrong-dtype', [{ ...tensor, dtype: 'I32' as const }]],
    ['wrong-shape', [{ ...tensor, shape: [1, 2] }]],
    ['wrong-tensors', [tensor, { ...tensor, name: 'v', shape: [0], data: new Uint8Array(0) }]],
  ])('%s, naming the tensor', async (code, tensors) => {
    const answer = await createWith(plan, encodeSafetensors({ tensors, metadata: VERSION_0 }));
    expect(answer.error).toMatchObject({ code, detail: { tensor: expect.any(String) } });
    expect(await test.records.plan(MODEL)).toBeUndefined();
  });

  it.each([
    ['wrong-model', { ...VERSION_0, model: 'another' }],
    ['wrong-version', { ...VERSION_0, version: '1' }],
    ['wrong-format', {}],
  ])('%s, for a file of something else', async (code, metadata) => {
    const answer = await createWith(plan, encodeSafetensors({ tensors: [tensor], metadata }));
    expect(answer.error).toMatchObject({ code });
  });

  it.each([
    ['header-too-large', new Uint8Array(40).fill(255)],
    [
      'header-not-object',
      new Uint8Array([16, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(24).fill(32)]),
    ],
  ])('%s, for bytes that are no such file', async (code, file) => {
    expect((await createWith(plan, file)).error).toMatchObject({ code });
  });

  it('when the key holds other bytes than stated', async () => {
    const file = fileOf(plan);
    await test.store.putOnce(keyFor(file), file.slice(0, -1));
    expect((await create(requestFor(plan))).error).toMatchObject({ code: 'weights-mismatch' });
  });

  it('when their length can not be that of the tensors, before a slot is given', async () => {
    const { sha256 } = requestFor(plan).weights;
    for (const bytes of [17, versionBytesMax(plan) + 1]) {
      const answer = await create({ ...requestFor(plan), weights: { bytes, sha256 } });
      expect(answer.error).toMatchObject({ code: 'weights-size', detail: { bytes } });
    }
  });
});

describe('A plan is refused', () => {
  it('F07: with a tensor of another dtype, naming tensor and dtype', async () => {
    const plan = planOf();
    const step = { name: 'step', dtype: 'I64', shape: [], role: 'statistic' };
    const answer = await create({
      ...requestFor(plan),
      plan: { ...plan, tensors: [...plan.tensors, step] },
    });
    expect(answer.error).toMatchObject({
      code: 'wrong-dtype',
      detail: { tensor: 'step', dtype: 'I64' },
    });
    expect(answer.error?.message).toMatch(/"step".*"I64"/);
  });

  it.each([
    ['strategy-unknown', planOf({ strategy: { name: 'fedmagic', options: {} } })],
    ['strategy-option-unknown', planOf({ strategy: { name: 'fedavg', options: { beta: 1 } } })],
    ['strategy-option-range', planOf({ strategy: { name: 'fedavgm', options: { momentum: 1 } } })],
    ['model-empty', planOf({ shape: [0, 5] })],
    [
      'model-frozen',
      planOf({ tensors: [{ name: 'w', dtype: 'F32', shape: [2], role: 'frozen' }] }),
    ],
    [
      'model-frozen',
      planOf({
        tensors: [
          { name: 'v', dtype: 'F32', shape: [0, 3], role: 'trained' },
          { name: 'w', dtype: 'F32', shape: [2], role: 'frozen' },
        ],
      }),
    ],
    ['model-too-large', planOf({ shape: [384 * 1024, 1025] })],
    ['size-overflow', planOf({ shape: [2 ** 30, 2 ** 30] })],
    [
      'json-invalid',
      planOf({
        tensors: [
          { name: 'w', dtype: 'F32', shape: [2], role: 'trained' },
          { name: 'w', dtype: 'F32', shape: [2], role: 'trained' },
        ],
      }),
    ],
    [
      'json-invalid',
      planOf({ tensors: [{ name: '__metadata__', dtype: 'F32', shape: [2], role: 'trained' }] }),
    ],
    ['json-invalid', { ...planOf(), model: 'a/b' }],
    ['json-invalid', { ...planOf(), tensors: [] }],
    ['json-invalid', planOf({ update: { cohortMax: 0 } })],
  ])('with %s', async (code, plan) => {
    const weights = { bytes: 100, sha256: 'ab'.repeat(32) };
    const answer = await create({ ...requestFor(planOf()), plan, weights });
    expect(answer.error).toMatchObject({ code });
    expect(test.store.objects.size).toBe(0);
  });

  it('of frozen tensors only, saying how one trains', () => {
    const plan = planOf({ tensors: [{ name: 'w', dtype: 'F32', shape: [2], role: 'frozen' }] });
    expect(() => checkPlan(plan, requestFor(planOf()).weights)).toThrow(
      /^Model m has 2 elements and all are frozen, .*give a tensor the role trained or statistic/,
    );
  });

  it('for rounds that the aggregator’s memory has no room for', async () => {
    const elements = 384 * 1024 * 1024;
    const weights = { bytes: elements * 4 + 128, sha256: 'ab'.repeat(32) };
    const request = { ...requestFor(planOf()), plan: planOf({ shape: [elements] }), weights };
    const { error } = await create(request);
    expect(error).toMatchObject({
      code: 'model-exceeds-memory',
      detail: { elementCount: elements, neededMegabytes: 12_416, memoryMegabytes: 1_024 },
    });
  });

  it('for a resolution that is too coarse, saying what to lower', () => {
    const weights = requestFor(planOf()).weights;
    // 62 − 24 − 22 = 16 bits are enough; twice the members leave 15.
    const enough = planOf({ update: { exampleCountCap: 2 ** 24, cohortMax: 2 ** 22 } });
    expect(() => checkPlan(enough, weights)).not.toThrow();
    const coarse = planOf({ update: { exampleCountCap: 2 ** 24, cohortMax: 2 ** 23 } });
    expect(() => checkPlan(coarse, weights)).toThrow(
      expect.objectContaining({
        code: 'resolution-too-coarse',
        detail: { bits: 15, bitsMin: 16 },
        message: expect.stringMatching(/lower exampleCountCap or cohortMax/),
      }),
    );
    const uniform = planOf({ update: { ...coarse.update, weighting: 'uniform' } });
    expect(() => checkPlan(uniform, weights)).not.toThrow();
  });

  it.each([
    { exampleCountCap: MEMBER_WEIGHT_MAX, cohortMax: COHORT_MAX },
    { deltaBoundLog2: DELTA_BOUND_LOG2_MAX },
    { deltaBoundLog2: DELTA_BOUND_LOG2_MIN },
  ])('for no resolution within the limits: %j', async (update) => {
    expect((await create(requestFor(planOf({ update })))).kind).toBe('upload');
  });
});
