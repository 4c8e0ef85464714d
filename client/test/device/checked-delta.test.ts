import { describe, expect, it } from 'vitest';
import { encodeResult } from '../../src/device/encode-result.ts';
import { Device, type TrainFunction } from '../../src/index.ts';
import type { TensorSpec, UpdateRules } from '../../src/protocol/index.ts';
import { FakeWorld, PSEUDONYM, plan as worldPlan } from './support/fake-world.ts';
import { deviceIn, federationIn, storedUpdate } from './support/participants.ts';

const tensors: TensorSpec[] = [
  { name: 'dense/kernel', dtype: 'F32', shape: [2], role: 'trained' },
  { name: 'norm/moving_variance', dtype: 'F32', shape: [1], role: 'statistic' },
];

/** Encodes a delta of three numbers under some rules. */
function encode(
  delta: readonly number[],
  update: Partial<UpdateRules> = { statisticBoundLog2: 40 },
  specs: readonly TensorSpec[] = tensors,
) {
  const plan = { ...worldPlan, tensors: specs, update: { ...worldPlan.update, ...update } };
  const [kernel, norm] = specs.map(({ name }) => name) as [string, string];
  const result = {
    delta: {
      [kernel]: { dtype: 'F32' as const, shape: [2], data: Float32Array.from(delta.slice(0, 2)) },
      [norm]: { dtype: 'F32' as const, shape: [1], data: Float32Array.from(delta.slice(2)) },
    },
    exampleCount: 1,
  };
  return encodeResult(result, {
    plan,
    baseVersion: 3,
    device: PSEUDONYM,
    base: new Float32Array(3),
  });
}

/** The error of an encoding that has to fail. */
function faultOf(...args: Parameters<typeof encode>): unknown {
  try {
    encode(...args);
  } catch (error) {
    return error;
  }
  throw new Error('Expected the update to be refused');
}

describe('a device checks what it would upload', () => {
  it('and sends statistics as large as the data by default', () => {
    expect(encode([15.9, -15.9, 1.25e10]).length).toBeGreaterThan(0);
  });

  it.each([
    [[1, Number.NaN, 1], 'non-finite', 'dense/kernel', /diverged: lower the learning rate/],
    [[1, 1, Number.NEGATIVE_INFINITY], 'non-finite', 'norm/moving_variance', /diverged/],
    [
      [1, -16, 1],
      'out-of-bounds',
      'dense/kernel',
      /below 2\^4, the plan's update\.deltaBoundLog2; lower/,
    ],
    [
      [1, 1, 2 ** 40],
      'out-of-bounds',
      'norm/moving_variance',
      /below 2\^40, the plan's update\.statisticBoundLog2; scale/,
    ],
  ])('refuses %j as %s, naming the tensor', (delta, code, tensor, message) => {
    expect(faultOf(delta)).toMatchObject({
      name: 'UpdateRejectedError',
      code,
      message: expect.stringMatching(message),
      detail: { tensor, phase: 'training' },
    });
  });

  it('never tells a value', () => {
    const message = String(faultOf([1, 1234.5, 1]));
    expect(message).toContain('dense/kernel');
    expect(message).not.toMatch(/1234/);
  });

  it('judges statistics of a plan without a bound for them by that of deltas, and says what helps', () => {
    expect(faultOf([1, 1, 17], { statisticBoundLog2: undefined })).toMatchObject({
      code: 'out-of-bounds',
      message: expect.stringMatching(/2\^4, .*create the model with update\.statisticBoundLog2/),
    });
  });

  it('says that a moving statistic with the role of a trained tensor should have its own', () => {
    const trained = tensors.map((spec) => ({ ...spec, role: 'trained' as const }));
    expect(faultOf([1, 1, 17], {}, trained)).toMatchObject({
      message: expect.stringMatching(/moving_variance.*create the model with the role "statistic"/),
    });
  });
});

const nanTrain: TrainFunction = (weights) => {
  for (const { data } of Object.values(weights)) data.fill(Number.NaN);
  return { weights, exampleCount: 1 };
};

describe('a training that diverged', () => {
  it('uploads nothing', async () => {
    const world = new FakeWorld();
    const { device } = deviceIn(world, nanTrain);
    await expect(device.participate('digits')).rejects.toMatchObject({
      name: 'UpdateRejectedError',
      code: 'non-finite',
    });
    expect(world.kinds()).toBe('check-in get');
  });

  it('is uploaded by a device that is told to misbehave', async () => {
    const world = new FakeWorld();
    const options = { federation: federationIn(world), deviceId: 'phone-1', train: nanTrain };
    await new Device(options, { isUnchecked: true }).participate('digits');
    expect(storedUpdate(world).delta['w']?.data.every(Number.isNaN)).toBe(true);
  });
});
