import * as tf from '@tensorflow/tfjs';
import {
  type MultiPointerTensor,
  type PointerTensor,
  TensorHook,
  VirtualWorker,
} from '@tributary/client';
import { describe, expect, expectTypeOf, it } from 'vitest';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });
const alice = new VirtualWorker(hook, { id: 'alice' });

/** Checked when tests are compiled; what is not called here needs no worker. */
describe('the types of pointers', () => {
  it('give tensors methods that send and label them', () => {
    const local = tf.tensor1d([1, 2]);
    expectTypeOf(local.send(bob)).toEqualTypeOf<PointerTensor>();
    expectTypeOf(local.send(bob, { private: true })).toEqualTypeOf<PointerTensor>();
    expectTypeOf(local.send(bob, alice)).toEqualTypeOf<MultiPointerTensor>();
    expectTypeOf(local.tag('#a').describe('b')).toEqualTypeOf<tf.Tensor1D>();
    // @ts-expect-error a list of names is needed
    expect(() => local.send(bob, { allow: 'carol' })).toThrow(TypeError);
  });

  it('follow chains of operations, in both forms', () => {
    const pointer = tf.ones([2, 2]).send(bob);
    expectTypeOf(
      pointer.add(pointer).matMul(pointer, false, true).relu(),
    ).toEqualTypeOf<PointerTensor>();
    expectTypeOf(hook.tf.add(pointer, 2)).toEqualTypeOf<PointerTensor>();
    expectTypeOf(pointer.at(0, { start: 0, end: 1 })).toEqualTypeOf<PointerTensor>();
    expectTypeOf([...pointer]).toEqualTypeOf<PointerTensor[]>();
    // @ts-expect-error tensors have no such operation
    expect(() => pointer.multiply).toThrow(/write mul\(other\)/);
  });

  it('know the form of several results', () => {
    const pointer = tf.ones([4]).send(bob);
    expectTypeOf(hook.tf.topk(pointer)).toEqualTypeOf<{
      values: PointerTensor;
      indices: PointerTensor;
    }>();
    expectTypeOf(pointer.split(2)).toEqualTypeOf<PointerTensor[]>();
    expectTypeOf(hook.tf.moments(pointer).mean).toEqualTypeOf<PointerTensor>();
  });

  it('are those of multi-pointers for multi-pointers', () => {
    const both = tf.ones([4]).send(bob, alice);
    expectTypeOf(both.add(1)).toEqualTypeOf<MultiPointerTensor>();
    expectTypeOf(hook.tf.add(both, both)).toEqualTypeOf<MultiPointerTensor>();
    expectTypeOf(() => both.get()).returns.toEqualTypeOf<Promise<tf.Tensor[]>>();
    expectTypeOf(() => both.get({ sumResults: true })).returns.toEqualTypeOf<Promise<tf.Tensor>>();
  });

  it('let a list of one or more workers be summed', () => {
    const local = tf.ones([4]);
    const send = (...workers: readonly VirtualWorker[]) => local.send(...workers);
    expectTypeOf(() => send(bob).get({ sumResults: true })).returns.toEqualTypeOf<
      Promise<tf.Tensor>
    >();
  });

  it('shorten a chain with every get', async () => {
    const chain = tf.ones([1]).send(bob).send(alice);
    expectTypeOf(chain).toEqualTypeOf<PointerTensor<PointerTensor>>();
    const inner = await chain.get();
    expectTypeOf(inner).toEqualTypeOf<PointerTensor>();
    const { localWorker } = hook;
    expectTypeOf(() => inner.get()).returns.toEqualTypeOf<Promise<tf.Tensor>>();
    expectTypeOf(() => inner.move(alice)).returns.toEqualTypeOf<Promise<PointerTensor>>();
    expectTypeOf(() => inner.move(localWorker)).returns.toEqualTypeOf<Promise<tf.Tensor>>();
    expectTypeOf(() => chain.remoteGet()).returns.toEqualTypeOf<Promise<PointerTensor>>();
  });

  it('are those of local tensors where no pointer is among the arguments', () => {
    expectTypeOf(hook.tf.zeros([2])).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(hook.tf.add([1], tf.ones([1]))).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(hook.tf.zeros([2]).send(bob)).toEqualTypeOf<PointerTensor>();
  });

  it('make pointers of the local tensors that a plan gives', () => {
    const plan = hook.plan((a) => [a.add(hook.tf.randomNormal([2])), hook.tf.ones([2])] as const);
    expectTypeOf<ReturnType<typeof plan.run>[1]>().toEqualTypeOf<PointerTensor>();
    expectTypeOf(hook.plan(() => tf.ones([1])).run).returns.toEqualTypeOf<PointerTensor>();
    const constant = hook.valueAndGrads(() => hook.tf.ones([]));
    expectTypeOf(constant([tf.ones([1]).send(bob)]).value).toEqualTypeOf<PointerTensor>();
  });

  it('give plans what their functions give', () => {
    const local = tf.ones([1]);
    const plan = hook.plan((a, b) => ({ sum: a.add(b), scaled: [a.mul(local)] as const }));
    expectTypeOf(plan.run).returns.toEqualTypeOf<{
      sum: PointerTensor;
      scaled: readonly [PointerTensor];
    }>();
    const gradients = hook.valueAndGrads((a, b) => a.mul(b).sum());
    const pointer = local.send(bob);
    const [first, second] = gradients([pointer, pointer]).grads;
    expectTypeOf(first).toEqualTypeOf<PointerTensor>();
    expectTypeOf(second).toEqualTypeOf<PointerTensor>();
    const many = gradients([local.send(bob, alice), local.send(bob, alice)]);
    expectTypeOf(many.grads[0]).toEqualTypeOf<MultiPointerTensor>();
    expectTypeOf(many.value).toEqualTypeOf<MultiPointerTensor>();
  });

  it('give plans the structures of their functions', () => {
    interface Layer {
      readonly w: PointerTensor;
      readonly b: PointerTensor;
    }
    const plan = hook.plan(({ w, b }: Layer, rest: PointerTensor[]) => ({ sum: w.add(b), rest }));
    const layer = { w: tf.ones([1]).send(bob), b: tf.ones([1]).send(bob) };
    expectTypeOf(plan.run(bob, layer, [layer.w])).toEqualTypeOf<{
      sum: PointerTensor;
      rest: PointerTensor[];
    }>();
    // @ts-expect-error the layer lacks its b
    expect(() => plan.run(bob, { w: layer.w }, [layer.w])).toThrow();
    // @ts-expect-error the function takes tensors, and no numbers
    expect(() => plan.run(bob, { w: 2, b: layer.w }, [])).toThrow(/calls a method of a number/);
  });

  it('give steps, gradients and datasets those of parameters and batches', () => {
    const params = { w: tf.ones([1]).send(bob) };
    const step = hook.train.sgd(0.1).step((model: typeof params, x: PointerTensor) => ({
      value: model.w.mul(x).sum(),
      aux: [x],
    }));
    const result = step(params, params.w);
    expectTypeOf(result.params).toEqualTypeOf<{ w: PointerTensor }>();
    expectTypeOf(result.loss).toEqualTypeOf<PointerTensor>();
    expectTypeOf(result.aux[0]).toEqualTypeOf<PointerTensor | undefined>();
    const both = { w: tf.ones([1]).send(bob, alice) };
    expectTypeOf(step(both, both.w).params).toEqualTypeOf<{ w: MultiPointerTensor }>();
    const gradients = hook.valueAndGrads((model: typeof params) => model.w.sum())([params]);
    expectTypeOf(gradients.grads[0].w).toEqualTypeOf<PointerTensor>();
    expectTypeOf(gradients.value).toEqualTypeOf<PointerTensor>();
    const dataset = hook.federate({ x: tf.ones([2]), y: tf.ones([2]) }, [bob, alice]);
    for (const batch of dataset.batches({ batchSize: 1 })) {
      expectTypeOf(batch.x).toEqualTypeOf<PointerTensor>();
    }
  });
});
