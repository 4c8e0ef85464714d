import * as tf from '@tensorflow/tfjs';
import { type Json, jsonDigest, type RemotePlan } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { seedAt } from '../../../src/execution/plans/plan-seeds.ts';
import { answerOf, clock, codesOf, create, idOf, numbersOf, op, setUp } from '../batch/harness.ts';

function planOf(change: Partial<RemotePlan>): RemotePlan {
  return { schema: 1, inputs: 1, constants: [], commands: [], outputs: ['t0'], ...change };
}

const ADD_ABS = planOf({
  commands: [
    ['add', ['i0', 'i0'], {}, ['t0']],
    ['abs', ['t0'], {}, ['t1']],
  ],
  outputs: ['t1'],
});

/** (w·x − y)², summed. */
const LOSS = planOf({
  inputs: 3,
  commands: [
    ['mul', ['i0', 'i1'], {}, ['t0']],
    ['sub', ['t0', 'i2'], {}, ['t1']],
    ['square', ['t1'], {}, ['t2']],
    ['sum', ['t2'], {}, ['t3']],
  ],
  outputs: ['t3'],
});

const FOR_PAIRS = planOf({
  forms: [{ dtype: 'float32', shape: [2] }],
  commands: [['sum', ['i0'], {}, ['t0']]],
});

const GRADIENT_FOR_PAIRS = planOf({
  commands: [['$grad', ['i0'], { plan: FOR_PAIRS as unknown as Json }, ['t0', 't1']]],
});

const NORMAL = planOf({
  inputs: 0,
  commands: [
    ['randomNormal', [], { shape: [3] }, ['t0']],
    ['randomUniform', [], { shape: [3] }, ['t1']],
  ],
  outputs: ['t0', 't1'],
});

/** Σx², and beside it x + x. */
const WITH_AUX = planOf({
  commands: [
    ['square', ['i0'], {}, ['t0']],
    ['sum', ['t0'], {}, ['t1']],
    ['add', ['i0', 'i0'], {}, ['t2']],
  ],
  outputs: ['t1', 't2'],
});

const ONE = { dtype: 'float32', shape: [], data: 'AACAPw==' } as const;

const ANY_FORM = { dtype: null, shape: null };

describe('plans', () => {
  it('are stored under their digest, fetched, and run', async () => {
    const { send } = setUp();
    const [stored] = await send({ commands: [op('$store-plan', [], { plan: ADD_ABS })] });
    const { digest } = answerOf<{ digest: string }>(stored);
    expect(digest).toBe(await jsonDigest(ADD_ABS as unknown as Json));
    const before = tf.memory();
    const statuses = await send({
      as: 'carol',
      commands: [
        op('$fetch-plan', [], { digest }),
        create('x', [-1, 2]),
        op('$run', ['x'], { plan: digest }, ['y']),
        op('$read', ['y']),
      ],
    });
    expect(answerOf<{ plan: object }>(statuses[0]).plan).toEqual(ADD_ABS);
    expect(numbersOf(statuses[3])).toEqual([2, 4]);
    expect(tf.memory()).toEqual(before);
  });

  it('have constants, plain values, and outputs that are inputs or come twice', async () => {
    const { send } = setUp();
    const plan = planOf({
      constants: [{ dtype: 'float32', shape: [], data: 'AACAPw==' }],
      commands: [['add', ['c0', { value: 2 }], {}, ['t0']]],
      outputs: ['t0', 'i0', 't0', 'c0'],
    });
    const statuses = await send({
      commands: [
        create('x', [9]),
        op('$run', ['x'], { plan }, ['a', 'b', 'c', 'd']),
        ...['a', 'b', 'c', 'd', 'x'].map((name) => op('$read', [name])),
      ],
    });
    expect(statuses.slice(2).map(numbersOf)).toEqual([[3], [9], [3], [1], [9]]);
  });

  it('run on the forms they were traced for, and on any where none is said', async () => {
    const { send } = setUp();
    const open = { ...FOR_PAIRS, forms: [ANY_FORM] };
    const statuses = await send({
      commands: [
        create('x', [1, 2]),
        create('y', [1, 2, 3]),
        op('$run', ['x'], { plan: FOR_PAIRS }, ['a']),
        op('$run', ['y'], { plan: open }, ['b']),
        ...['a', 'b'].map((name) => op('$read', [name])),
      ],
    });
    expect(statuses.slice(4).map(numbersOf)).toEqual([[3], [6]]);
  });

  it('draw by the run’s seed: the same for the same, another for another', async () => {
    const { send } = setUp();
    const draw = async (name: string, seed: number) => {
      const statuses = await send({
        commands: [
          op('$run', [], { plan: NORMAL, seed }, [name, `${name}2`]),
          op('$read', [name]),
          op('$read', [`${name}2`]),
        ],
      });
      return statuses.slice(1).map(numbersOf);
    };
    expect(await draw('a', 7)).toEqual(await draw('b', 7));
    expect(await draw('a', 7)).not.toEqual(await draw('b', 8));
    const [missing] = await send({ commands: [op('$run', [], { plan: NORMAL }, ['a', 'b'])] });
    expect(codesOf(missing ? [missing] : [])).toEqual(['seed-missing']);
  });

  it('derive seeds that do not repeat, as the protocol writes it', () => {
    expect([0, 1, 2].map((place) => seedAt(7, place))).toEqual([7, 7, 7].map(slowSeedAt));
    const seeds = Array.from({ length: 10_000 }, (_, place) => seedAt(123, place));
    expect(new Set(seeds).size).toBe(10_000);
    for (const seed of seeds) expect(seed >= 0 && seed < 2 ** 32).toBe(true);
  });

  it.each([
    ['a name before it is made', { commands: [['abs', ['t1'], {}, ['t0']]] }],
    ['an input too many', { commands: [['abs', ['i1'], {}, ['t0']]] }],
    [
      'a result twice',
      {
        commands: [
          ['abs', ['i0'], {}, ['t0']],
          ['abs', ['i0'], {}, ['t0']],
        ],
      },
    ],
    ['an unknown operation', { commands: [['constructor', ['i0'], {}, ['t0']]] }],
    ['a verb', { commands: [['$delete', ['i0'], {}, ['t0']]] }],
    ['an unknown output', { outputs: ['t9'] }],
    ['no output', { outputs: [] }],
    ['a result of another form', { commands: [['abs', ['i0'], {}, ['i0']]] }],
    ['a newer schema', { schema: 2 }],
    ['an unknown member', { code: 'return 1' }],
    ['more forms than inputs', { forms: [ANY_FORM, ANY_FORM] }],
    ['a form of an unknown dtype', { forms: [{ ...ANY_FORM, dtype: 'float16' }] }],
    ['a form without a shape', { forms: [{ dtype: null }] }],
  ])('with %s are refused', async (_, change) => {
    const { send } = setUp();
    const plan = { ...ADD_ABS, ...change };
    const codes = await Promise.all(
      [op('$store-plan', [], { plan }), op('$run', ['x'], { plan }, ['y'])].map(async (command) =>
        codesOf(await send({ commands: [command] })),
      ),
    );
    expect(codes).toEqual([['plan-invalid'], ['plan-invalid']]);
  });

  it.each([
    ['plan-not-found', op('$run', ['x'], { plan: 'ab'.repeat(32) }, ['y'])],
    ['plan-not-found', op('$fetch-plan', [], { digest: 'ab'.repeat(32) })],
    ['inputs-mismatch', op('$run', ['x', 'x'], { plan: ADD_ABS }, ['y'])],
    ['inputs-mismatch', op('$run', ['x'], { plan: FOR_PAIRS }, ['y'])],
    ['inputs-mismatch', op('$grad', ['x'], { plan: FOR_PAIRS }, ['y', 'z'])],
    ['inputs-mismatch', op('$run', ['x'], { plan: GRADIENT_FOR_PAIRS }, ['y'])],
    ['results-mismatch', op('$run', ['x'], { plan: ADD_ABS }, ['y', 'z'])],
    ['results-mismatch', op('$grad', ['x'], { plan: ADD_ABS }, ['y'])],
    ['gradient-undefined', op('$grad', [], { plan: NORMAL, seed: 1 }, ['y', 'z'])],
    ['results-mismatch', op('$grad', ['x'], { plan: WITH_AUX }, ['y', 'z'])],
    ['inputs-mismatch', op('$grad', ['x'], { plan: ADD_ABS, wrt: [1] }, ['y', 'z'])],
    [
      'gradient-undefined',
      op(
        '$grad',
        ['x'],
        {
          plan: planOf({
            commands: [
              ['floor', ['i0'], {}, ['t1']],
              ['fill', [], { shape: [1], value: 1 }, ['t0']],
            ],
          }),
        },
        ['y', 'z'],
      ),
    ],
    ['command-invalid', op('$run', ['x'], { plan: ADD_ABS, seed: -1 }, ['y'])],
    ['command-invalid', op('$run', ['x'], { plan: 'return 1' }, ['y'])],
  ])('answer %s to %o', async (code, command) => {
    const { send } = setUp();
    const before = tf.memory();
    expect(codesOf(await send({ commands: [create('x', [1]), command] }))).toEqual(['done', code]);
    expect(tf.memory()).toEqual(before);
  });

  it('dispose what they made when a command of theirs fails', async () => {
    const { send } = setUp();
    const plan = planOf({
      commands: [
        ['add', ['i0', 'i0'], {}, ['t0']],
        ['matMul', ['t0', 't0'], {}, ['t1']],
      ],
    });
    const before = tf.memory();
    for (const verb of ['$run', '$grad']) {
      const results = verb === '$run' ? ['y'] : ['y', 'z'];
      const statuses = await send({
        commands: [create('x', [1]), op(verb, ['x'], { plan }, results)],
      });
      expect(codesOf(statuses)).toEqual(['done', 'argument-invalid']);
    }
    expect(tf.memory()).toEqual(before);
  });

  it('stop at the deadline', async () => {
    const { send } = setUp();
    let ticks = 0;
    const commands = Array.from({ length: 10 }, (_, index) => ['abs', ['i0'], {}, [`t${index}`]]);
    const plan = planOf({ commands: commands as never });
    const statuses = await send(
      { commands: [create('x', [1]), op('$run', ['x'], { plan }, ['y'])] },
      { now: () => clock.ms + ++ticks, deadline: () => clock.ms + 8 },
    );
    expect(codesOf(statuses)).toEqual(['done', 'time-limit']);
  });
});

describe('gradients', () => {
  it('are tfjs’s, for all inputs or the named ones', async () => {
    const { send } = setUp();
    const before = tf.memory();
    const statuses = await send({
      commands: [
        create('w', [0.5, -1]),
        create('x', [1, 2]),
        create('y', [1, 1]),
        op('$grad', ['w', 'x', 'y'], { plan: LOSS }, ['v', 'dw', 'dx', 'dy']),
        op('$grad', ['w', 'x', 'y'], { plan: LOSS, wrt: [2, 0] }, ['v2', 'dy2', 'dw2']),
        ...['v', 'dw', 'dx', 'dy', 'v2', 'dy2', 'dw2'].map((name) => op('$read', [name])),
      ],
    });
    expect(tf.memory()).toEqual(before);
    const [v, dw, dx, dy, v2, dy2, dw2] = statuses.slice(5).map(numbersOf);
    expect(v).toEqual([9.25]);
    expect(dw).toEqual([-1, -12]);
    expect(dx).toEqual([-0.5, 6]);
    expect(dy).toEqual([1, 6]);
    expect([v2, dy2, dw2]).toEqual([v, dy, dw]);
  });

  it('come with what else the plan gives, and leave nothing behind when they fail', async () => {
    const { send } = setUp();
    const before = tf.memory();
    const constant = { ...WITH_AUX, outputs: ['c0', 't2'], constants: [ONE] };
    const twice = { ...WITH_AUX, outputs: ['t2', 't2', 'i0'] };
    const statuses = await send({
      commands: [
        create('x', [1, 2]),
        op('$grad', ['x'], { plan: WITH_AUX }, ['v', 'd', 'a']),
        op('$grad', ['x'], { plan: twice }, ['p', 'q', 'r', 's']),
        ...['v', 'd', 'a', 'q', 'r', 's'].map((name) => op('$read', [name])),
        op('$grad', ['x'], { plan: constant }, ['n', 'o', 'm']),
      ],
    });
    expect(statuses.slice(3, 9).map(numbersOf)).toEqual([
      [5],
      [2, 4],
      [2, 4],
      [2, 2],
      [2, 4],
      [1, 2],
    ]);
    expect(codesOf(statuses.slice(9))).toEqual(['gradient-undefined']);
    expect(tf.memory()).toEqual(before);
  });

  it('leave the user’s tape and backend alone', async () => {
    const { send } = setUp();
    const backend = tf.getBackend();
    const grad = tf.grad((x: tf.Tensor) => x.square())(tf.scalar(3));
    await send({ commands: [create('x', [1]), op('$grad', ['x'], { plan: ADD_ABS }, ['v', 'd'])] });
    expect(grad.dataSync()[0]).toBe(6);
    expect(tf.getBackend()).toBe(backend);
    grad.dispose();
  });

  it('are part of plans: a training step is one command', async () => {
    const { send } = setUp();
    const step = planOf({
      inputs: 3,
      commands: [
        ['$grad', ['i0', 'i1', 'i2'], { plan: LOSS as never, wrt: [0] }, ['t0', 't1']],
        ['mul', ['t1', { value: 0.1 }], {}, ['t2']],
        ['sub', ['i0', 't2'], {}, ['t3']],
      ],
      outputs: ['t3', 't0'],
    });
    const statuses = await send({
      commands: [
        create('w', [0]),
        create('x', [1]),
        create('y', [1]),
        op('$run', ['w', 'x', 'y'], { plan: step }, ['w1', 'l1']),
        op('$run', ['w1', 'x', 'y'], { plan: step }, ['w2', 'l2']),
        op('$read', ['w2']),
        op('$read', ['l2']),
      ],
    });
    expect(numbersOf(statuses[5])[0]).toBeCloseTo(0.36, 6);
    expect(numbersOf(statuses[6])[0]).toBeCloseTo(0.64, 6);
  });

  it('of gradients are gradients, up to a depth', async () => {
    const { send } = setUp();
    const cube = planOf({
      commands: [
        ['square', ['i0'], {}, ['t0']],
        ['mul', ['t0', 'i0'], {}, ['t1']],
      ],
      outputs: ['t1'],
    });
    const derivative = (plan: RemotePlan): RemotePlan =>
      planOf({
        commands: [['$grad', ['i0'], { plan: plan as never }, ['t0', 't1']]],
        outputs: ['t1'],
      });
    const statuses = await send({
      commands: [
        create('x', [2]),
        op('$grad', ['x'], { plan: derivative(cube) }, ['d1', 'd2']),
        op('$read', ['d1']),
        op('$read', ['d2']),
        op('$run', ['x'], { plan: derivative(derivative(derivative(derivative(cube)))) }, ['d4']),
      ],
    });
    expect(numbersOf(statuses[2])).toEqual([12]);
    expect(numbersOf(statuses[3])).toEqual([12]);
    expect(codesOf(statuses)[4]).toBe('plan-invalid');
  });

  it('are kept when asked for', async () => {
    const { store, send } = setUp();
    await send({
      commands: [create('x', [1]), op('$grad', ['x'], { plan: ADD_ABS }, ['v', 'd'])],
      keep: [idOf('d')],
    });
    expect(store.size).toBe(2);
  });
});

/** As the protocol writes it, with big integers. */
function slowSeedAt(seed: number, place: number): number {
  const mask = 2n ** 32n - 1n;
  let x = (BigInt(seed) + 0x9e3779b9n * BigInt(place + 1)) & mask;
  x = ((x ^ (x >> 16n)) * 0x21f0aaadn) & mask;
  x = ((x ^ (x >> 15n)) * 0x735a2d97n) & mask;
  return Number(x ^ (x >> 15n));
}
