import {
  encodeSafetensors,
  type ResultObject,
  type TrainingPlan,
  updateKey,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { driveRound } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  MODEL,
  OPENED_AT,
  openFirstRound,
  planOf,
  pseudonym,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const DEVICE = pseudonym(1);

const PLAN: TrainingPlan = planOf({
  tensors: [
    { name: 'a', dtype: 'F32', shape: [3], role: 'trained' },
    { name: 'b', dtype: 'F32', shape: [2], role: 'trained' },
  ],
});

const METADATA = {
  format: '1',
  model: MODEL,
  base_version: '0',
  device: DEVICE,
  example_count: '1',
  encoding: 'f32',
  metrics: '{}',
};

interface Tensor {
  readonly name: string;
  readonly values: readonly number[];
}

function updateFile(tensors: readonly Tensor[], metadata: object = {}): Uint8Array {
  return encodeSafetensors({
    metadata: { ...METADATA, ...metadata },
    tensors: tensors.map(({ name, values }) => ({
      name,
      dtype: 'F32',
      shape: [values.length],
      data: new Uint8Array(Float32Array.from(values).buffer),
    })),
  });
}

/** The result of a round that holds one file, whatever it is. */
async function resultOf(file: Uint8Array): Promise<ResultObject> {
  const store = new MemoryObjectStore();
  await createModel(store, PLAN);
  await openFirstRound(store, { goal: 1 });
  await store.putOnce(updateKey({ model: MODEL, round: 1, group: 0, device: DEVICE }), file);
  const context = contextOn(store);
  context.clock.now = OPENED_AT + 60_000;
  return driveRound(context);
}

async function rejectionOf(file: Uint8Array): Promise<unknown> {
  const [rejection, ...more] = (await resultOf(file)).rejected;
  expect(more).toEqual([]);
  return rejection;
}

describe('a rejected update', () => {
  it('whose order is not the plan’s has the tensor and both offsets in the result', async () => {
    const b = { name: 'b', values: [1, 2] };
    const a = { name: 'a', values: [1, 2, 3] };
    expect(await rejectionOf(updateFile([b, a]))).toEqual({
      device: DEVICE,
      code: 'wrong-tensors',
      detail: {
        message:
          'Tensor "a" begins at byte 8 of the data section, expected 0; write tensors in the plan\'s order',
        tensor: 'a',
        expected: 'begins at byte 0',
        got: 'byte 8',
      },
    });
  });

  it('whose names are hostile has them escaped and cut', async () => {
    const name = `\u001b]0;evil\u0007\u202e${'x'.repeat(400)}`;
    const tensors = [
      { name: 'a', values: [1, 2, 3] },
      { name: 'b', values: [1, 2] },
      { name, values: [] },
    ];
    const { rejected } = await resultOf(updateFile(tensors));
    const [{ code, detail } = { code: '', detail: undefined }] = rejected;
    expect(code).toBe('wrong-tensors');
    expect(detail?.tensor).toMatch(/^\\u001b\]0;evil\\u0007\\u202ex+…$/);
    expect(detail?.tensor).toHaveLength(128);
    expect(JSON.stringify(rejected)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('of another model has what its metadata says, escaped and cut', async () => {
    const tensors = [
      { name: 'a', values: [1, 2, 3] },
      { name: 'b', values: [1, 2] },
    ];
    const file = updateFile(tensors, { model: `\u009b31m${'y'.repeat(5_000)}` });
    expect(await rejectionOf(file)).toMatchObject({
      code: 'wrong-model',
      detail: { expected: MODEL, got: expect.stringMatching(/^\\u009b31my+…$/) },
    });
  });

  it.each([
    ['non-finite', Number.NaN, 'a finite number', 'NaN or an infinity'],
    ['non-finite', Number.NEGATIVE_INFINITY, 'a finite number', 'NaN or an infinity'],
    ['out-of-bounds', -16.5, 'a magnitude below 2^4', 'a larger one'],
  ])('as %s has tensor and element of the first bad number, not the number', async (...row) => {
    const [code, value, expected, got] = row;
    const file = updateFile([
      { name: 'a', values: [15.75, 15.75, 15.75] },
      { name: 'b', values: [0, value] },
    ]);
    const result = await resultOf(file);
    expect(result.rejected).toEqual([
      {
        device: DEVICE,
        code,
        detail: {
          message: expect.stringContaining(
            `Tensor "b", element 1: expected ${expected}, got ${got};`,
          ),
          tensor: 'b',
          expected,
          got,
        },
      },
    ]);
    expect(result.excluded).toEqual([{ group: 0, seal: 0, code, members: [0], elements: [4] }]);
    expect(JSON.stringify(result)).not.toContain('16.5');
  });
});
