import { describe, expect, it } from 'vitest';
import type { ModelInput } from '../../src/index.ts';
import { decodeWeights } from '../../src/protocol/index.ts';
import { FakeWorld, sha256Of, storageError } from '../device/support/fake-world.ts';
import { FakeFunction, operatorIn, refusing } from './support/fake-function.ts';

const weights = {
  w: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  mean: { dtype: 'F32', shape: [], data: Float32Array.of(5) },
  none: { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
} as const;

const upload = {
  kind: 'upload',
  slot: {
    schema: 1,
    url: 'https://storage.example/updates/first',
    headers: { 'if-none-match': '*' },
    expiresAt: 9,
  },
};
const created = { kind: 'created', model: 'digits', version: 0 };
const input: ModelInput = { model: 'digits', weights };

describe('createModel', () => {
  it('uploads the first weights between two askings of one request', async () => {
    const world = new FakeWorld();
    const coordinator = new FakeFunction(upload, created);
    const answer = await operatorIn(world, coordinator).createModel(input);
    expect(answer).toEqual({ model: 'digits', version: 0 });
    const file = world.stored.get('/updates/first') ?? new Uint8Array(0);
    expect(decodeWeights(file)).toEqual(weights);
    const [first, second] = coordinator.operations;
    expect(second).toEqual(first);
    expect(first).toMatchObject({
      operation: 'create-model',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      weights: { bytes: file.length, sha256: sha256Of(file) },
    });
  });

  it('sends the plan and weights of the call, whatever the caller changes meanwhile', async () => {
    const world = new FakeWorld();
    const coordinator = new FakeFunction(upload, created);
    const plan = { architecture: { layers: [1] }, training: { classes: ['a'] }, roles: {} };
    const data = Float32Array.of(1, 2);
    const shape = [2];
    const creating = operatorIn(world, coordinator).createModel({
      model: 'digits',
      plan,
      weights: { w: { dtype: 'F32', shape, data } },
    });
    plan.architecture.layers.push(2);
    plan.training.classes[0] = 'b';
    shape[0] = 1;
    data.fill(9);
    await creating;
    const [first, second] = coordinator.operations;
    expect(second).toEqual(first);
    expect(first).toMatchObject({
      plan: { architecture: { layers: [1] }, training: { classes: ['a'] } },
    });
    const file = world.stored.get('/updates/first') ?? new Uint8Array(0);
    const w = { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) };
    expect(decodeWeights(file)).toEqual({ w });
  });

  it('fills in the defaults of the plan', async () => {
    const coordinator = new FakeFunction(created);
    await operatorIn(new FakeWorld(), coordinator).createModel(input);
    expect(coordinator.operations[0]).toMatchObject({
      plan: {
        schema: 1,
        model: 'digits',
        tensors: [
          { name: 'mean', dtype: 'F32', shape: [], role: 'trained' },
          { name: 'none', dtype: 'F32', shape: [0, 3], role: 'trained' },
          { name: 'w', dtype: 'F32', shape: [2, 2], role: 'trained' },
        ],
        architecture: null,
        training: {},
        update: {
          encoding: 'f32',
          deltaBoundLog2: 4,
          exampleCountCap: 16_384,
          weighting: 'examples',
          cohortMax: 16_384,
        },
        strategy: { name: 'fedavg', options: {} },
      },
    });
  });

  it('takes what the plan says', async () => {
    const coordinator = new FakeFunction(created);
    await operatorIn(new FakeWorld(), coordinator).createModel({
      ...input,
      requestId: 'mine',
      plan: {
        architecture: { layers: [1] },
        training: { epochs: 2 },
        update: { weighting: 'uniform' },
        strategy: { name: 'fedavgm', options: { momentum: 0.9 } },
        roles: { mean: 'statistic' },
      },
    });
    expect(coordinator.operations[0]).toMatchObject({
      requestId: 'mine',
      plan: {
        architecture: { layers: [1] },
        training: { epochs: 2 },
        update: { weighting: 'uniform', deltaBoundLog2: 4 },
        strategy: { name: 'fedavgm', options: { momentum: 0.9 } },
        tensors: [{ role: 'statistic' }, { role: 'trained' }, { role: 'trained' }],
      },
    });
  });

  it('F12: goes on after a lost response of storage', async () => {
    const world = new FakeWorld().script('put', 'lost');
    const coordinator = new FakeFunction(upload, created);
    await operatorIn(world, coordinator).createModel(input);
    expect(world.kinds()).toBe('put put');
    expect(coordinator.operations).toHaveLength(2);
  });

  it('F21: asks once for a fresh slot when the URL has expired', async () => {
    const world = new FakeWorld().script('put', storageError(403, 'ExpiredToken'));
    const coordinator = new FakeFunction(upload, upload, created);
    await operatorIn(world, coordinator).createModel(input);
    expect(world.count('put')).toBe(2);
  });

  it('uploads again what was acknowledged and is not there', async () => {
    const swallowed = () => new Response(null, { status: 200 });
    const world = new FakeWorld().script('put', swallowed);
    const coordinator = new FakeFunction(upload, upload, created);
    await operatorIn(world, coordinator).createModel(input);
    expect(world.count('put')).toBe(2);
    expect(decodeWeights(world.stored.get('/updates/first') ?? new Uint8Array())).toEqual(weights);
  });

  it('says so when the coordinator does not find what was uploaded', async () => {
    const coordinator = new FakeFunction(upload, upload, upload, upload);
    await expect(
      operatorIn(new FakeWorld(), coordinator).createModel({ ...input, requestId: 'mine' }),
    ).rejects.toMatchObject({ code: 'weights-not-found', detail: { requestId: 'mine' } });
  });

  it('passes on the refusal of a name that is taken', async () => {
    const coordinator = new FakeFunction(refusing('model-exists'));
    await expect(operatorIn(new FakeWorld(), coordinator).createModel(input)).rejects.toMatchObject(
      {
        name: 'RequestRefusedError',
        code: 'model-exists',
      },
    );
  });

  it('reports the upload', async () => {
    const seen: unknown[] = [];
    const federation = operatorIn(new FakeWorld(), new FakeFunction(upload, created));
    await federation.createModel(input, {
      onProgress: ({ phase, done }) => seen.push([phase, done]),
    });
    expect(seen).toEqual([
      ['upload', 0],
      ['upload', expect.any(Number)],
    ]);
  });

  const refused: readonly [string, string, RegExp, ModelInput][] = [
    [
      'F07: a 64-bit counter',
      'wrong-dtype',
      /"steps".*"I64"/,
      {
        model: 'digits',
        weights: {
          ...weights,
          steps: { dtype: 'I64', shape: [], data: BigInt64Array.of(9007199254740993n) },
        },
      },
    ],
    [
      'F07: float64 under another name',
      'wrong-dtype',
      /"w".*a Float64Array, expected a Float32Array/,
      { model: 'digits', weights: { w: { dtype: 'F32', shape: [1], data: new Float64Array(1) } } },
    ],
    [
      'a weight that is not finite',
      'not-finite',
      /"mean".*position 1/,
      {
        model: 'digits',
        weights: {
          ...weights,
          mean: { dtype: 'F32', shape: [2], data: Float32Array.of(1, Number.NaN) },
        },
      },
    ],
    [
      'a shape that does not fit its data',
      'size-mismatch',
      /"w"/,
      { model: 'digits', weights: { w: { ...weights.w, shape: [3, 2] } } },
    ],
    [
      'a role without its tensor',
      'role-unknown-tensor',
      /"men"/,
      { ...input, plan: { roles: { men: 'statistic' } } },
    ],
    [
      'a plan too large for every check-in',
      'plan-too-large',
      /at most 1048576/,
      { ...input, plan: { architecture: 'x'.repeat(1024 * 1024) } },
    ],
    ['no tensor at all', 'json-invalid', /tensors/, { model: 'digits', weights: {} }],
    ['a name no key can hold', 'model-name', /"my model"/, { ...input, model: 'my model' }],
    [
      'no name',
      'json-invalid',
      /field model: missing, expected a text; add it/,
      { weights } as unknown as ModelInput,
    ],
    ['nothing', 'json-invalid', /got nothing, expected an object/, undefined as never],
    [
      'a member nobody knows',
      'json-invalid',
      /"plans", perhaps meant for "plan"; expected one of model, plan, weights, requestId/,
      { ...input, plans: {} } as ModelInput,
    ],
    [
      'a member of the plan nobody knows',
      'json-invalid',
      /field plan: got the unknown member "strategi", perhaps meant for "strategy"/,
      { ...input, plan: { strategi: { name: 'fedavgm' } } } as ModelInput,
    ],
    [
      'a strategy by its name alone',
      'json-invalid',
      /field plan\.strategy: got "fedavgm", expected \{ "name": "fedavgm" \}/,
      { ...input, plan: { strategy: 'fedavgm' } } as unknown as ModelInput,
    ],
    [
      'an option of the strategy beside its options',
      'json-invalid',
      /field plan\.strategy: got the unknown member "momentum"/,
      { ...input, plan: { strategy: { name: 'fedavgm', momentum: 0.9 } } } as unknown as ModelInput,
    ],
    [
      'an update rule nobody knows',
      'json-invalid',
      /field update: got the unknown member "cohortmax", perhaps meant for "cohortMax"/,
      { ...input, plan: { update: { cohortmax: 3 } } } as ModelInput,
    ],
    [
      'an array where a tensor belongs',
      'bad-entry',
      /"w" is a Float32Array, expected \{ dtype/,
      { model: 'digits', weights: { w: Float32Array.of(1) } } as unknown as ModelInput,
    ],
    [
      'elements in a plain array',
      'wrong-dtype',
      /"w".*a list of 1, expected a Float32Array/,
      {
        model: 'digits',
        weights: { w: { dtype: 'F32', shape: [1], data: [1] } },
      } as unknown as ModelInput,
    ],
    [
      'a cap beyond exact products',
      'json-invalid',
      /exampleCountCap/,
      { ...input, plan: { update: { exampleCountCap: 2 ** 25 } } },
    ],
  ];
  it.each(refused)('refuses %s before asking', async (_name, code, message, bad) => {
    const coordinator = new FakeFunction();
    const creating = operatorIn(new FakeWorld(), coordinator).createModel(bad);
    await expect(creating).rejects.toMatchObject({
      name: 'ObjectInvalidError',
      code,
      message: expect.stringMatching(message),
    });
    expect(coordinator.operations).toEqual([]);
  });

  it('never shows a tensor value in a message', async () => {
    const federation = operatorIn(new FakeWorld(), new FakeFunction());
    const bad = { w: { dtype: 'F32', shape: [2], data: Float32Array.of(42.125, Number.NaN) } };
    const error = await federation
      .createModel({ model: 'digits', weights: bad })
      .catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain('42.125');
  });
});
