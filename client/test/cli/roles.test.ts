import * as tf from '@tensorflow/tfjs';
import { architectureOf, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { modelText, rolesText } from '../../src/cli/text.ts';
import { rolesOfArchitecture } from '../../src/cli/tfjs-model.ts';
import { buildPlan } from '../../src/federation/build-plan.ts';
import { decodeWeights, encodeWeights } from '../../src/protocol/index.ts';

beforeAll(() => tf.setBackend('cpu'));

/** A frozen base with batch normalisation, and a head with its own. */
function nestedModel(): tf.LayersModel {
  const base = tf.sequential({
    name: 'base',
    layers: [
      tf.layers.dense({ name: 'features', units: 2, inputShape: [3] }),
      tf.layers.batchNormalization({ name: 'norm' }),
    ],
  });
  base.trainable = false;
  const head = tf.sequential({
    name: 'head',
    layers: [
      tf.layers.batchNormalization({ name: 'scale', inputShape: [2] }),
      tf.layers.dense({ name: 'classes', units: 2 }),
    ],
  });
  return tf.sequential({ layers: [base, head] });
}

const ROLES = {
  'base/features/kernel': 'frozen',
  'base/features/bias': 'frozen',
  'base/norm/gamma': 'frozen',
  'base/norm/beta': 'frozen',
  'base/norm/moving_mean': 'frozen',
  'base/norm/moving_variance': 'frozen',
  'head/scale/gamma': 'trained',
  'head/scale/beta': 'trained',
  'head/scale/moving_mean': 'statistic',
  'head/scale/moving_variance': 'statistic',
  'head/classes/kernel': 'trained',
  'head/classes/bias': 'trained',
};

describe('roles of a nested model', () => {
  it('go with its weights into a plan', () => {
    const model = nestedModel();
    const { tensors } = buildPlan({ model: 'm', weights: weightsOf(model) });
    expect(Object.fromEntries(tensors.map(({ name, role }) => [name, role]))).toEqual(ROLES);
    expect(rolesText(tensors)).toBe('12 tensors (6 frozen, 4 trained, 2 statistic)');
  });

  it.each([
    ['frozen', '30 elements, 120 B; an update holds 14 of them, 56 B'],
    ['trained', '30 elements, 120 B'],
  ] as const)('of which the base is %s tell what an update holds', (role, size) => {
    const weights = weightsOf(nestedModel());
    const base = Object.keys(weights).filter((name) => name.startsWith('base/'));
    const roles = Object.fromEntries(base.map((name) => [name, role]));
    const plan = buildPlan({ model: 'm', plan: { roles }, weights });
    const status = { schema: 1, model: 'm', version: 0, round: 0, openRound: null, plan } as const;
    expect(modelText(status)).toMatch(new RegExp(`^Tensors .*, ${size}$`, 'm'));
  });

  it('are read from its architecture for weights in a file', async () => {
    const model = nestedModel();
    const roles = await rolesOfArchitecture(architectureOf(model));
    expect(roles).toEqual(ROLES);
    const weights = decodeWeights(encodeWeights(weightsOf(model)));
    const { tensors } = buildPlan({ model: 'm', plan: { roles }, weights });
    expect(Object.fromEntries(tensors.map(({ name, role }) => [name, role]))).toEqual(ROLES);
  });

  it.each([null, 'mlp', { kind: 'dense' }, { class_name: 'Sequential', config: 3 }])(
    'are not guessed from the architecture %j',
    async (architecture) => {
      expect(await rolesOfArchitecture(architecture)).toEqual({});
    },
  );
});
