import * as tf from '@tensorflow/tfjs';
import type { PointerTensor, RemoteOptimizers, RemoteWorker } from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { count, type Given, got, gotAll, thrown, valuesOf, x } from './world.ts';

/** A network of two layers. */
interface Network {
  readonly hidden: { readonly w: PointerTensor; readonly b: PointerTensor };
  readonly out: readonly [PointerTensor, PointerTensor];
}

const WEIGHTS = {
  hidden: [
    [0.5, -0.3, 0.8],
    [0.1, 0.9, -0.7],
  ],
  bias: [0.1, -0.2, 0.3],
  out: [[0.4], [-0.6], [0.2]],
};

const BATCHES = [
  [
    [0.5, 1.5],
    [-1, 0.25],
    [2, -0.75],
    [0.125, 3],
  ],
  [
    [1, 0],
    [0.3, -0.2],
  ],
] as const;

/** The same optimizer of tfjs and of a hook. */
const OPTIMIZERS: readonly {
  readonly name: string;
  readonly local: () => tf.Optimizer;
  readonly remote: (train: RemoteOptimizers) => ReturnType<RemoteOptimizers['sgd']>;
}[] = [
  { name: 'sgd', local: () => tf.train.sgd(0.1), remote: (train) => train.sgd(0.1) },
  {
    name: 'momentum',
    local: () => tf.train.momentum(0.05, 0.9),
    remote: (train) => train.momentum(0.05, 0.9),
  },
  {
    name: "Nesterov's momentum",
    local: () => tf.train.momentum(0.05, 0.8, true),
    remote: (train) => train.momentum({ learningRate: 0.05, momentum: 0.8, useNesterov: true }),
  },
  { name: 'adam', local: () => tf.train.adam(), remote: (train) => train.adam() },
  {
    name: 'adam with options',
    local: () => tf.train.adam(0.05, 0.7, 0.95, 1e-6),
    remote: (train) => train.adam({ learningRate: 0.05, beta1: 0.7, beta2: 0.95, epsilon: 1e-6 }),
  },
];

function networkAt(worker: RemoteWorker): Network {
  return {
    hidden: {
      w: tf.tensor2d(WEIGHTS.hidden).send(worker),
      b: tf.tensor1d(WEIGHTS.bias).send(worker),
    },
    out: [tf.tensor2d(WEIGHTS.out).send(worker), tf.tensor1d([0]).send(worker)],
  };
}

function lossOf({ hidden: { w, b }, out }: Network, inputs: PointerTensor): PointerTensor {
  const predicted = inputs.matMul(w).add(b).tanh().matMul(out[0]).add(out[1]);
  return predicted.sub(inputs.sum(1, true)).square().mean();
}

/** Six steps of tfjs's own optimizer on local variables: the losses, then the parameters. */
function trainLocally(optimizer: tf.Optimizer): unknown {
  const [w, b, v, c] = [
    tf.tensor2d(WEIGHTS.hidden),
    tf.tensor1d(WEIGHTS.bias),
    tf.tensor2d(WEIGHTS.out),
    tf.tensor1d([0]),
  ].map((tensor) => tf.variable(tensor)) as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
  const losses = stepBatches().map((rows) => {
    const inputs = tf.tensor2d(rows);
    const loss = () =>
      inputs.matMul(w).add(b).tanh().matMul(v).add(c).sub(inputs.sum(1, true)).square().mean();
    return valuesOf(optimizer.minimize(loss as never, true, [w, b, v, c]) as tf.Tensor);
  });
  return [...losses, ...[w, b, v, c].map(valuesOf)];
}

function stepBatches(): number[][][] {
  return [0, 1, 0, 1, 0, 1].map((index) => (BATCHES[index] ?? []).map((row) => [...row]));
}

/** Optimizers of parameters at workers. */
export function training(given: Given): void {
  describe('an optimizer', () => {
    it.each(OPTIMIZERS)('computes what tfjs’s own does, to the bit: $name', async (optimizer) => {
      const { hook, bob } = given();
      const step = optimizer.remote(hook.train).step(lossOf);
      let params = networkAt(bob);
      const losses: PointerTensor[] = [];
      for (const rows of stepBatches()) {
        const result = step(params, tf.tensor2d(rows).send(bob));
        losses.push(result.loss);
        ({ params } = result);
      }
      const pointers = [...losses, params.hidden.w, params.hidden.b, ...params.out];
      const ours = await Promise.all(pointers.map(got));
      expect(ours).toEqual(trainLocally(optimizer.local()));
    });

    it('remembers its moments within tidy, and gives them up with the parameters', async () => {
      const { hook, bob } = given();
      const train = async (isTidy: boolean) => {
        const step = hook.train
          .adam(0.1)
          .step((w: PointerTensor, a: PointerTensor) => w.sub(a).square().sum());
        const target = tf.scalar(5).send(bob);
        let params = tf.scalar(1).send(bob);
        for (let index = 0; index < 5; index += 1) {
          ({ params } = isTidy ? hook.tidy(() => step(params, target)) : step(params, target));
          if (isTidy) await params.ready();
        }
        return { params, target };
      };
      const [tidy, plain] = [await train(true), await train(false)];
      const value = await got(tidy.params.copy());
      expect(value).toBe(await got(plain.params.copy()));
      plain.params.dispose();
      plain.target.dispose();
      tidy.target.dispose();
      await bob.clearObjects();
      const step = hook.train.adam(0.1).step((w: PointerTensor) => w.square().sum());
      const { params } = hook.tidy(() => ({ params: step(tf.scalar(1).send(bob)).params }));
      await params.ready();
      expect(await count(bob)).toBe(3);
      params.dispose();
      expect(await count(bob)).toBe(0);
    });

    it('trains at every worker of multi-pointers', async () => {
      const { hook, bob, alice } = given();
      const step = hook.train
        .momentum(0.1, 0.5)
        .step((params: { w: PointerTensor }, a: PointerTensor) => ({
          value: params.w.mul(a).square().sum(),
          aux: { rows: a.shape?.[0] === 1 ? a : a.sum() },
        }));
      let params = { w: tf.scalar(1).send(bob, alice) };
      const batch = tf.tensor1d([1, 2]).send(bob, alice);
      const first = step(params, batch);
      ({ params } = first);
      const { loss, params: last } = step(params, batch);
      expect(await gotAll(first.loss)).toEqual([5, 5]);
      expect(await gotAll(first.aux.rows)).toEqual([3, 3]);
      expect(await gotAll(loss)).toEqual([0, 0]);
      expect((await gotAll(last.w)).map((value) => Number(value).toFixed(4))).toEqual([
        '-0.5000',
        '-0.5000',
      ]);
    });

    it('changes its learning rate between steps, without tracing again', async () => {
      const { hook, bob } = given();
      let calls = 0;
      const optimizer = hook.train.sgd({ learningRate: 1 });
      const step = optimizer.step((w: PointerTensor) => {
        calls += 1;
        return w.mul(3).sum();
      });
      let params = tf.scalar(10).send(bob);
      ({ params } = step(params));
      optimizer.learningRate = 0.5;
      ({ params } = step(params));
      expect(await got(params)).toBe(5.5);
      expect(calls).toBe(1);
    });

    it('keeps what it got, and starts without moments where parameters are new', async () => {
      const { hook, bob } = given();
      const step = hook.train.momentum(1, 0.5).step((w: PointerTensor) => w.sum());
      const start = tf.scalar(10).send(bob);
      const first = step(start).params;
      const second = step(first).params;
      const again = step(first.copy()).params;
      expect(await Promise.all([start, first, second, again].map(got))).toEqual([10, 9, 7.5, 8]);
    });

    it('is named where tfjs’s own gets a pointer, which trains local variables as before', () => {
      const { bob } = given();
      const remote = tf.scalar(1).send(bob);
      const local = tf.variable(tf.scalar(3));
      const optimizer = tf.train.sgd(0.5);
      const messageOf = (body: () => unknown) => thrown(body).message;
      expect(messageOf(() => optimizer.minimize((() => remote.square()) as never))).toMatch(
        /minimize\(\) got a pointer.*hook\.train\.adam/,
      );
      expect(
        messageOf(() => optimizer.minimize(() => local.square(), false, [remote as never])),
      ).toMatch(/hook\.train/);
      expect(messageOf(() => optimizer.minimize(3 as never))).toMatch(/function/);
      const cost = optimizer.minimize(() => local.square(), true, [local]);
      expect([valuesOf(cost as tf.Tensor), local.dataSync()[0]]).toEqual([9, 0]);
      local.dispose();
    });

    it('refuses what it can’t train, and options that are none', () => {
      const { hook, bob, alice } = given();
      const { train } = hook;
      const step = train.sgd(0.1).step((w: PointerTensor, a: PointerTensor) => w.mul(a).sum());
      const w = tf.scalar(1).send(bob);
      const messageOf = (body: () => unknown) => thrown(body).message;
      expect(messageOf(() => step(tf.scalar(1) as never, w))).toMatch(/a Tensor.*send\(\)/);
      const tied = train
        .sgd(0.1)
        .step(([a, b]: PointerTensor[]) => hook.tf.mul(a as never, b as never));
      expect(messageOf(() => tied([w, w]))).toMatch(/one tensor as two parameters/);
      expect(messageOf(() => step({} as never, w))).toMatch(/no tensor/);
      expect(messageOf(() => step([undefined] as never, w))).toMatch(/undefined/);
      expect(messageOf(() => step(x().send(bob), w))).toMatch(/dtype int32, expected float32/);
      expect(messageOf(() => (step as (...args: unknown[]) => unknown)(w))).toMatch(
        /got 1 argument,.*takes 2/,
      );
      expect(messageOf(() => step(w, tf.scalar(1).send(alice)))).toMatch(/alice/);
      expect(messageOf(() => step(w, tf.scalar(1) as never))).toMatch(/send\(bob\)/);
      expect(messageOf(() => train.sgd(0.1).step('loss' as never))).toMatch(/expected a function/);
      expect(messageOf(() => train.sgd('0.1' as never))).toMatch(/learningRate.*positive|sgd/);
      expect(messageOf(() => train.sgd(undefined as never))).toMatch(/sgd.*learningRate/);
      expect(messageOf(() => train.sgd({} as never))).toMatch(/learningRate.*got undefined/);
      expect(messageOf(() => train.sgd(-1))).toMatch(/learningRate.*positive number, got -1/);
      expect(messageOf(() => train.sgd({ lr: 1 } as never))).toMatch(/lr/);
      expect(messageOf(() => train.adam({ beta1: 1 }))).toMatch(/beta1.*below 1/);
      expect(messageOf(() => train.momentum(0.1, undefined as never))).toMatch(
        /momentum.*undefined/,
      );
      const rows = train.sgd(0.1).step((p: PointerTensor) => p.mul([1, 2]));
      expect(messageOf(() => rows(w))).toMatch(/loss of shape \[2\].*scalar.*mean\(\)/);
      const awaiting = train.sgd(1).step((async (p: PointerTensor) => p) as never);
      expect(messageOf(() => awaiting(w as never))).toMatch(/asynchronous/);
    });
  });
}
