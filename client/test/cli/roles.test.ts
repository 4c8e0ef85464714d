import * as tf from '@tensorflow/tfjs';
import { architectureOf, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { roleNotes } from '../../src/cli/role-notes.ts';
import { modelText, rolesText } from '../../src/cli/text.ts';
import { buildPlan } from '../../src/federation/build-plan.ts';
import { rolesByArchitecture } from '../../src/federation/known-roles.ts';
import { decodeWeights, encodeWeights } from '../../src/protocol/index.ts';
import { FakeWorld } from '../device/support/fake-world.ts';
import { FakeFunction, operatorIn } from '../federation/support/fake-function.ts';

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

  it('are read from its architecture for weights in a file, by createModel too', async () => {
    const model = nestedModel();
    const weights = decodeWeights(encodeWeights(weightsOf(model)));
    const coordinator = new FakeFunction({ kind: 'created', model: 'm', version: 0 });
    const plan = {
      architecture: architectureOf(model),
      roles: { 'base/norm/gamma': 'trained' as const },
    };
    await operatorIn(new FakeWorld(), coordinator).createModel({ model: 'm', plan, weights });
    const [sent] = coordinator.operations;
    if (sent?.operation !== 'create-model') throw new Error('Expected a create-model');
    const roles = sent.plan.tensors.map(({ name, role }) => [name, role]);
    expect(Object.fromEntries(roles)).toEqual({ ...ROLES, 'base/norm/gamma': 'trained' });
  });

  it.each([null, 'mlp', [], { kind: 'dense' }, { class_name: 'Sequential', config: 3 }])(
    'are not guessed from the architecture %j',
    async (architecture) => {
      const weights = decodeWeights(encodeWeights(weightsOf(nestedModel())));
      const input = { model: 'm', plan: { architecture }, weights };
      expect(await rolesByArchitecture(buildPlan(input), input)).toEqual({});
    },
  );
});

describe('the notes of a new model', () => {
  const notesOf = (model: tf.LayersModel, isTfjsFile: boolean) => {
    const weights = weightsOf(model);
    const plan = buildPlan({ model: 'm', plan: { architecture: architectureOf(model) }, weights });
    return roleNotes({ ...plan, isTfjsFile });
  };

  it('list the tensors of each role', () => {
    expect(notesOf(nestedModel(), false)).toEqual([
      '4 tensors trained in rounds: head/classes/bias, head/classes/kernel, head/scale/beta, head/scale/gamma',
      '2 tensors averaged, never stepped (statistic): head/scale/moving_mean, head/scale/moving_variance',
      '6 tensors kept as they are (frozen): base/features/bias, base/features/kernel, base/norm/beta, base/norm/gamma, base/norm/moving_mean, base/norm/moving_variance',
    ]);
  });

  it('list so many names only', () => {
    const layers = Array.from({ length: 6 }, () => tf.layers.dense({ units: 1, inputShape: [1] }));
    const [line] = notesOf(tf.sequential({ layers }), false);
    expect(line).toMatch(/^12 tensors trained in rounds: (dense_\d\/\w+, ){7}\S+ and 4 more$/);
  });

  it('say what tfjs does not save of a nested model, and the remedy', () => {
    const remedy =
      /does not save that a nested model is frozen; .*--plan .*"roles":\{"head\/classes/;
    expect(notesOf(nestedModel(), true).at(-1)).toMatch(remedy);
    const inner = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    const wrapped = tf.layers.timeDistributed({ layer: inner, inputShape: [3, 2] });
    expect(notesOf(tf.sequential({ layers: [wrapped] }), true).at(-1)).toMatch(/nested model/);
    const flat = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    expect(notesOf(flat, true)).toHaveLength(1);
  });
});
