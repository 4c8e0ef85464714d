import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../src/federation/build-plan.ts';
import type { WeightInputs } from '../../src/federation/initial-weights.ts';
import type { PlanInput } from '../../src/federation/model-input.ts';

const tensor = { dtype: 'F32', shape: [1], data: Float32Array.of(1) };

/** The roles of a plan by tensor. */
function rolesOf(weights: WeightInputs, roles?: PlanInput['roles']): Record<string, string> {
  const { tensors } = buildPlan({ model: 'm', plan: { roles }, weights });
  return Object.fromEntries(tensors.map(({ name, role }) => [name, role]));
}

describe('the role of a tensor', () => {
  it('is what its weights say, whatever its name', () => {
    const weights = {
      kernel: { ...tensor, role: 'frozen' as const },
      center: { ...tensor, role: 'statistic' as const },
      moving_mean: { ...tensor, role: 'trained' as const },
    };
    expect(rolesOf(weights)).toEqual({
      center: 'statistic',
      kernel: 'frozen',
      moving_mean: 'trained',
    });
  });

  it('is statistic for names of moving statistics where nothing says it', () => {
    const weights = {
      'bn/gamma': tensor,
      'bn/moving_variance': tensor,
      'layer1.0.bn1.running_var': tensor,
      'layer1.0.bn1.num_batches_tracked': tensor,
    };
    expect(rolesOf(weights)).toEqual({
      'bn/gamma': 'trained',
      'bn/moving_variance': 'statistic',
      'layer1.0.bn1.running_var': 'statistic',
      'layer1.0.bn1.num_batches_tracked': 'statistic',
    });
  });

  it('is what the plan says before all else', () => {
    const weights = { 'bn/moving_variance': tensor, w: { ...tensor, role: 'frozen' as const } };
    expect(rolesOf(weights, { 'bn/moving_variance': 'trained', w: 'statistic' })).toEqual({
      'bn/moving_variance': 'trained',
      w: 'statistic',
    });
  });

  it('is refused when it is none', () => {
    const weights = { w: { ...tensor, role: 'bias' } } as unknown as WeightInputs;
    expect(() => rolesOf(weights)).toThrow(expect.objectContaining({ code: 'json-invalid' }));
  });
});
