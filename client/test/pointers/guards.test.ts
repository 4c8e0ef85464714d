/** Every kind of object, and what is not there or would be ignored: it is refused in one way. */
import { format, inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import {
  PointerMisuseError,
  type PointerTensor,
  TensorHook,
  VirtualWorker,
} from '@tributary/client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATASET, LOADER } from '../../src/pointers/habits/dataset-habits.ts';
import type { Guard } from '../../src/pointers/habits/guard.ts';
import { namespaceGuard } from '../../src/pointers/habits/namespace-habits.ts';
import { PLAN } from '../../src/pointers/habits/plan-habits.ts';
import { MULTI_POINTER, POINTER } from '../../src/pointers/habits/tensor-guards.ts';
import { OPTIMIZER, OPTIMIZERS } from '../../src/pointers/habits/training-habits.ts';
import { HOOK, WORKER } from '../../src/pointers/habits/worker-habits.ts';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });
const alice = new VirtualWorker(hook, { id: 'alice' });

/** What an untyped program sees. */
const loose = (value: unknown) => value as Record<PropertyKey, (...args: unknown[]) => unknown>;
const pointer = () => tf.tensor2d([[1, 2, 3]]).send(bob);
const count = async () => (await bob.objects()).size;

function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(PointerMisuseError);
    expect(error).toMatchObject({ code: 'pointer-misuse' });
    return (error as Error).message;
  }
  throw new Error('Nothing was refused');
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});
beforeEach(() => Promise.all([bob.clearObjects(), alice.clearObjects()]));

describe('a name that nothing has', () => {
  const parts = () => [pointer(), tf.ones([1, 3]).send(alice)];
  const dataset = hook.dataset(parts());
  const kinds: readonly (readonly [string, () => unknown, Guard])[] = [
    ['a pointer', pointer, POINTER],
    ['a multi-pointer', () => tf.ones([2]).send(bob, alice), MULTI_POINTER],
    ['a worker', () => bob, WORKER],
    ['the local worker', () => hook.localWorker, WORKER],
    ['a hook', () => hook, HOOK],
    ['hook.tf', () => hook.tf, namespaceGuard('hook.tf', () => false)],
    ['hook.tf.image', () => hook.tf.image, namespaceGuard('hook.tf.image', () => false)],
    ['hook.train', () => hook.train, OPTIMIZERS],
    ['an optimizer', () => hook.train.sgd(0.1), OPTIMIZER],
    ['a dataset', () => dataset, DATASET],
    ['batches', () => dataset.batches({ batchSize: 1 }), LOADER],
    ['a plan', () => hook.plan((x) => x, { inputs: [[1]] }), PLAN],
  ];

  it.each(kinds)('%s refuses, with the kind, the name, and what to do', (_, make, spec) => {
    const object = make();
    expect(refusal(() => loose(object)['quuxify'])).toBe(
      `${spec.what} has no "quuxify"; ${spec.otherwise}`,
    );
    for (const [name, advice] of Object.entries(spec.advice)) {
      expect(refusal(() => loose(object)[name])).toBe(
        `${spec.what} has no ${JSON.stringify(name)}; ${advice}`,
      );
      expect(name in (object as object)).toBe(false);
    }
    expect(Object.keys(object as object)).not.toContain('quuxify');
  });

  it.each(kinds)('%s has nothing where programs look, and prints', (_, make) => {
    const object = make();
    const names = ['then', 'catch', 'finally', 'inspect', 'asymmetricMatch', 'nodeType', 'tagName'];
    const further = ['$$typeof', '_isMockFunction', '@@__IMMUTABLE_LIST__@@', '__v_skip', '0x'];
    for (const name of [...names, ...further]) expect(loose(object)[name]).toBeUndefined();
    expect(loose(object)['toJSON'] ?? (() => undefined)).toBeInstanceOf(Function);
    for (const symbol of [Symbol.toStringTag, Symbol.asyncIterator, Symbol('own')]) {
      expect(loose(object)[symbol]).toBeUndefined();
    }
    expect(inspect(object)).toMatch(/./);
    expect(format('%s %o %j', object, object, object)).toMatch(/./);
    expect(JSON.stringify({ object })).toMatch(/^{/);
    expect(tf.tidy(() => object as never)).toBe(object);
    // What a failing test does with it.
    expect(() => expect(object).toEqual({ other: 1 })).toThrow(/expected/);
    expect(() => expect({ object }).toStrictEqual({ object: 1 })).toThrow(/expected/);
    if (loose(object)[Symbol.iterator] === undefined) expect(object).toEqual(object);
  });

  it('is written as it was meant, where it is near to one', () => {
    expect(refusal(() => loose(pointer())['sqaure'])).toMatch(/write square$/);
    expect(refusal(() => loose(pointer())['transpse'])).toMatch(/write transpose$/);
    expect(refusal(() => loose(hook)['valueAndGrad'])).toMatch(/hook\.valueAndGrads/);
    expect(refusal(() => loose(bob)['object'])).toMatch(/write objects$/);
    expect(refusal(() => loose(hook.train)['SGD'])).toMatch(/write sgd$/);
    expect(refusal(() => loose(hook.train)['Adam'])).toMatch(/write adam$/);
    expect(refusal(() => loose(hook.tf.image)['resizeBilinaer'])).toMatch(/write resizeBilinear$/);
    expect(refusal(() => loose(hook.tf)['browser'])).toMatch(
      /tf\.browser works on local tensors only/,
    );
    const words = ['zero_', 'normal_', 'bool', 'nelement', 'median', 'sort', 'register_hook'];
    for (const name of [...words, 'nll_loss', 'is_leaf', 'reduce_sum', 'uniform_']) {
      expect(refusal(() => loose(pointer())[name])).not.toMatch(/other operations/);
    }
  });

  it('is not set in silence either', () => {
    const set = (object: unknown, name: string) =>
      refusal(() => {
        loose(object)[name] = 1 as never;
      });
    expect(set(hook.train.sgd(0.1), 'lr')).toMatch(/"lr" can't be set; write learningRate/);
    expect(set(dataset, 'length')).toMatch(/datasets never change/);
    expect(
      set(
        hook.plan((x) => x),
        'name',
      ),
    ).toMatch(/plans never change/);
    expect(set(hook.tf, 'relu7')).toMatch(/a function of pointers/);
    expect(set(hook.train, 'rmsprop')).toMatch(/hook\.valueAndGrads/);
  });

  it('of a stand-in is refused while a plan is traced, which prints and becomes JSON', () => {
    const plan = hook.plan((x) => {
      expect(refusal(() => loose(x)['location'])).toMatch(/^A stand-in .* while a plan is traced/);
      expect(refusal(() => loose(x)['quuxify'])).toMatch(/no "quuxify"/);
      expect([JSON.stringify({ x }), String(x)]).toEqual([
        '{"x":{"name":"i0"}}',
        '[TracedTensor i0]',
      ]);
      return x;
    });
    plan.run(bob, pointer());
    expect(plan.wire.forms).toBeUndefined();
  });
});

describe('what would be ignored', () => {
  it('is refused: arguments too many', async () => {
    const [p, w] = [loose(pointer()), loose(hook)];
    const plan = loose(hook.plan((x) => x));
    const uses: readonly (readonly [() => unknown, RegExp])[] = [
      [() => p['move']?.(alice, bob), /move\(\) got 2 arguments, it takes at most 1; .*send\(\)/],
      [() => p['get']?.({}, true), /its options are one object/],
      [() => p['flatten']?.(1), /flatten\(\) got 1 argument,/],
      [() => p['ready']?.(1), /at most 0/],
      [() => plan['send']?.(bob, alice), /await send\(worker\) for each worker/],
      [() => w['dataset']?.([pointer()], [pointer()]), /one list of parts/],
      [() => w['tidy']?.('name', () => 1), /write hook\.tidy/],
      [() => w['valueAndGrads']?.((x: never) => x, [pointer()]), /valueAndGrads\(f\)\(\[x, y\]\)/],
      [() => loose(hook.valueAndGrads((x) => x))['call']?.(null, [pointer()], []), /one list/],
      [() => loose(hook.train)['sgd']?.(0.1, 0.9), /hook\.train\.momentum\(learningRate/],
      [() => loose(hook.train)['adam']?.(1, 0.9, 0.9, 1e-7, 1), /at most 4/],
      [() => loose(hook.train.sgd(0.1))['step']?.((x: never) => x, 1), /const step = optimizer/],
    ];
    for (const [use, message] of uses) expect(refusal(use)).toMatch(message);
    await loose(hook)['workers']?.();
  });

  it('is refused: options under other names, and parameters for options', () => {
    const { adam, momentum, sgd } = loose(hook.train);
    expect(refusal(() => sgd?.({ lr: 0.1 }))).toBe('sgd() has no option "lr"; write learningRate');
    expect(refusal(() => adam?.({ lr: 0.1 }))).toMatch(/write learningRate/);
    expect(refusal(() => adam?.([pointer()], { lr: 0.1 }))).toMatch(
      /parameters are given to the step/,
    );
    expect(refusal(() => sgd?.(pointer()))).toMatch(/parameters are given to the step/);
    expect(refusal(() => momentum?.(0.1, 0.9, 'yes'))).toMatch(/expected true or false, got "yes"/);
    expect(refusal(() => hook.tidy('name' as never))).toMatch(/got "name", expected a function/);
    expect(refusal(() => hook.valueAndGrads(pointer() as never))).toMatch(/expected a function of/);
  });

  it('works, or is refused: methods without their object', async () => {
    const p = tf.tensor1d([1, 2]).send(bob);
    const { add, get, at, copy } = p as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const [name, use] of Object.entries({ add, get, at, copy })) {
      expect(refusal(() => use?.(p))).toMatch(
        new RegExp(`^${name}\\(\\) was called without its obj`),
      );
    }
    const { getWorker, dataset, tidy } = hook;
    expect(getWorker('bob')).toBe(bob);
    expect(dataset([p]).size).toBe(2);
    expect(tidy(() => 1)).toBe(1);
    expect(refusal(() => Reflect.apply(bob.flush, undefined, []))).toMatch(
      /a worker before the dot/,
    );
  });

  it('is said of the method that was called', () => {
    const step = hook.train.sgd(0.1).step((w: PointerTensor, x: PointerTensor) => w.mul(x).sum());
    const away = () => step(pointer(), tf.ones([1, 3]).send(alice));
    expect(away).toThrow(/^step got a tensor at bob and one at alice/);
    expect(() => step(pointer(), 'a' as never)).toThrow(/^step\(\) got a text/);
  });
});

describe('a dataset', () => {
  it('is gone through by its batches, again in each epoch', async () => {
    const dataset = hook.federate([tf.range(0, 5), tf.range(5, 10)], [bob, alice]);
    expect(refusal(() => [...(dataset as never as unknown[])])).toMatch(
      /write for \(const \[x, y\] of/,
    );
    const batches = dataset.batches({ batchSize: 2, shuffle: true });
    expect(batches.size).toBe(3);
    const epochs: number[][] = [];
    for (const _ of [1, 2, 3]) {
      const values = [];
      for (const [x] of batches) values.push(...(await x.get()).dataSync());
      epochs.push(values);
    }
    for (const values of epochs) expect([...values].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(dataset.batches({ batchSize: 2, dropLast: true }).size).toBe(2);
    expect(refusal(() => loose(batches)['length'])).toMatch(/read size/);
    expect(refusal(() => loose(batches)[0])).toMatch(/write for \(const/);
    expect(refusal(() => loose(dataset)[0])).toMatch(/write dataset\.parts\[0\]/);
    dataset.dispose();
  });
});

describe('hook.tidy', () => {
  it('keeps what is in maps, sets and instances of classes', async () => {
    class Layer {
      readonly w = pointer();
    }
    const kept = hook.tidy(() => {
      const lost = pointer();
      return {
        map: new Map([['a', pointer()]]),
        set: new Set([pointer()]),
        layer: new Layer(),
        lost: lost.shape,
      };
    });
    const all = [...kept.map.values(), ...kept.set, kept.layer.w];
    await Promise.all(all.map((p) => p.ready()));
    expect(all.map(({ isDisposed }) => isDisposed)).toEqual([false, false, false]);
    expect(await count()).toBe(3);
  });
});
