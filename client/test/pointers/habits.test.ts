/** What people type who know PyTorch, PySyft or TensorFlow.js: it works, or names what to type instead. */
import { format, inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { PointerMisuseError, TensorHook, VirtualWorker } from '@tributary/client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

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

describe('a name of PyTorch or PySyft', () => {
  it.each([
    ['view', /write reshape\(shape\)/],
    ['t', /write transpose\(\)/],
    ['T', /write transpose\(\)/],
    ['permute', /write transpose\(axes\)/],
    ['mm', /write matMul\(other\)/],
    ['matmul', /write matMul$/],
    ['dim', /read rank/],
    ['ndim', /read rank/],
    ['numel', /read size/],
    ['length', /write shape\[0\] for the count of rows/],
    ['unsqueeze', /write expandDims\(axis\)/],
    ['argmax', /write argMax$/],
    ['log_softmax', /write logSoftmax$/],
    ['expand_dims', /write expandDims$/],
    ['softplus_', /tensors at workers never change/],
    ['add_', /tensors at workers never change: write p = p\.add\(q\)/],
    ['send_', /write p = p\.send\(worker\)/],
    ['eq', /write equal\(other\)/],
    ['cat', /write concat/],
    ['addN', /write hook\.tf\.addN\(p, …\)/],
    ['one_hot', /write oneHot$|write hook\.tf\.oneHot/],
    ['numpy', /await get\(\) and read/],
    ['backward', /hook\.valueAndGrads.*hook\.train\.sgd\(\)/],
    ['grad', /hook\.valueAndGrads/],
    ['requires_grad', /hook\.valueAndGrads/],
    ['get_copy', /write await get\({ keep: true }\)/],
    ['sum_results', /write await get\({ sumResults: true }\)/],
    ['id_at_location', /read idAtLocation$/],
    ['remote_send', /write await remoteSend\(worker\)$/],
    ['remote_get', /write await remoteGet\(\)$/],
    ['mid_get', /write await remoteGet\(\)/],
    ['is_none', /write await exists\(\)/],
    ['fix_prec', /permissions and not by encryption/],
    ['share', /permissions and not by encryption/],
    ['private_tensor', /send\(worker, { allow: \[users\] }\)/],
    ['garbage_collect_data', /dispose\(\) or the end of its hook\.tidy\(\)/],
    ['dataId', /call hook\.tf instead of tf/],
  ])('%s of a pointer is refused with the name that it has here', (name, advice) => {
    const [one, multi] = [pointer(), tf.ones([2]).send(bob, alice)];
    for (const handle of [one, one.send(alice), multi]) {
      const message = refusal(() => loose(handle)[name]);
      expect(message).toMatch(new RegExp(`^A (pointer|multi-pointer) has no "${name}"; `));
      expect(message).toMatch(advice);
    }
    hook
      .plan((a) => {
        expect(refusal(() => loose(a)[name])).toMatch(advice);
        return a;
      })
      .run(bob, one);
  });

  it('is refused in the options of get, with the one that was meant', async () => {
    const options = { sum_results: true } as never;
    await expect(tf.ones([1]).send(bob, alice).get(options)).rejects.toThrow(/for "sumResults"/);
    await expect(pointer().get({ get_copy: true } as never)).rejects.toThrow(
      /expected one of keep/,
    );
  });

  it('of a worker, a hook or hook.tf is refused alike', () => {
    const worker = loose(bob);
    expect(refusal(() => worker['clear_objects'])).toBe(
      'A worker has no "clear_objects"; write clearObjects',
    );
    expect(refusal(() => worker['_objects'])).toMatch(/write await objects\(\)$/);
    expect(refusal(() => worker['objects_count'])).toMatch(/\(await objects\(\)\)\.size/);
    expect(refusal(() => worker['remote'])).toMatch(/hook\.plan/);
    expect(refusal(() => worker['send'])).toMatch(/write tensor\.send\(worker\)/);
    expect(refusal(() => loose(hook)['local_worker'])).toMatch(/write localWorker$/);
    expect(refusal(() => loose(hook)['torch'])).toMatch(/write hook\.tf$/);
    expect(refusal(() => loose(hook.tf)['matmul'])).toMatch(
      /^hook\.tf has no "matmul"; write matMul/,
    );
    expect(refusal(() => loose(hook.tf)['cat'])).toMatch(/write concat/);
    for (const name of ['grad', 'grads', 'valueAndGrads', 'variableGrads', 'train']) {
      expect(refusal(() => loose(hook.tf)[name])).toMatch(/hook\.valueAndGrads/);
    }
  });

  it('of encryption is refused on local tensors', () => {
    for (const name of ['fix_prec', 'share', 'private_tensor']) {
      expect(refusal(() => loose(tf.ones([1]))[name]?.())).toMatch(/permissions and not by encryp/);
    }
  });
});

describe('an operator of JavaScript on pointers', () => {
  it('reads and sets no element in silence', () => {
    for (const handle of [pointer(), tf.ones([2]).send(bob, alice)]) {
      const p = loose(handle) as unknown as unknown[];
      expect(refusal(() => p[0])).toMatch(/no "0"; .*write at\(0\), or gather\(\[0, 2\]\)/);
      expect(refusal(() => p[-1])).toMatch(/write at\(0\)/);
      expect(refusal(() => p[[0, 2] as never])).toMatch(/gather/);
      expect(refusal(() => (p[0] = 5))).toMatch(
        /"0" can't be set; tensors at workers never change/,
      );
      expect(refusal(() => (loose(p)['grad'] = null as never))).toMatch(/valueAndGrads/);
      expect(refusal(() => (loose(p)['name'] = 'w' as never))).toMatch(/keep what belongs.*a Map/);
    }
  });

  it('calculates, compares and joins nothing in silence', () => {
    const [p, q] = [loose(pointer()), loose(pointer())] as never as [number, number];
    const uses = [
      () => p + q,
      () => p * 2,
      () => -p,
      () => p < q,
      () => p >= 1,
      // biome-ignore lint/suspicious/noDoubleEquals: what is tried
      () => p == 5,
      () => Math.max(p, q),
      () => [p, q].sort((a, b) => a - b),
    ];
    for (const use of uses) expect(refusal(use)).toMatch(/no operators for tensors; write a\.add/);
    expect(format('%d %i %f', p, p, p)).toBe('NaN NaN NaN');
    expect(`${p}`).toMatch(/^\(Wrapper\)>\[PointerTensor/);
  });
});

describe('what programs look for in any object', () => {
  it('is absent or as ever, and sends nothing', async () => {
    const p = pointer();
    await p.ready();
    const before = await count();
    expect(await (async () => p)()).toBe(p);
    const [same] = await Promise.all([p, p]);
    expect(same).toBe(p);
    const names = [
      'then',
      'catch',
      'inspect',
      '$$typeof',
      'nodeType',
      'asymmetricMatch',
      '_isMock',
    ];
    for (const name of [...names, '@@iterator', Symbol.asyncIterator, Symbol.toStringTag]) {
      for (const each of [p, bob, hook, hook.tf]) expect(loose(each)[name]).toBeUndefined();
    }
    expect(inspect(p)).toBe(String(p));
    expect(inspect({ hook })).toBe('{ hook: <TensorHook user:me workers:me,bob,alice> }');
    expect(JSON.parse(JSON.stringify({ p })).p.location).toBe('bob');
    expect('view' in p || 0 in p).toBe(false);
    expect(Object.keys(p)).not.toContain('forTensorFlow');
    expect(Object.hasOwn(p, 'view')).toBe(false);
    expect(loose(Object.getPrototypeOf(p))['view']).toBeUndefined();
    expect(await count()).toBe(before);
  });
});

describe('tf.dispose', () => {
  it('disposes pointers, in lists and objects, and tf.tidy does not', async () => {
    const pointers = Array.from({ length: 6 }, pointer) as [
      never,
      never,
      never,
      never,
      never,
      never,
    ];
    const both = tf.ones([2]).send(bob, alice);
    const chain = hook.tidy(() => pointer().send(alice));
    const kept = pointer();
    await Promise.all([...pointers, kept, both, chain].map((each) => loose(each)['ready']?.()));
    expect(await count()).toBe(9);
    const [first, second, third, ...rest] = pointers;
    tf.dispose(first);
    tf.dispose([second, { inner: third }]);
    tf.dispose(rest);
    tf.dispose(both as never);
    tf.dispose(chain as never);
    expect(tf.tidy(() => kept as never)).toBe(kept);
    await Promise.all([bob.flush(), alice.flush()]);
    expect(await count()).toBe(1);
    expect((await alice.objects()).size).toBe(0);
    expect(kept.isDisposed).toBe(false);
    expect(await kept.get()).toBeInstanceOf(tf.Tensor);
  });

  it('is told that tf.keep does nothing', () => {
    expect(refusal(() => tf.keep(pointer() as never))).toMatch(
      /tf\.keep\(\) does nothing for point/,
    );
  });
});

describe('models, optimizers and gradients of tf', () => {
  const dense = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3] })] });

  it('refuse pointers, and say what to write instead', async () => {
    const model = dense();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const p = pointer() as never;
    const refused = async (body: () => unknown) => {
      await expect((async () => await body())()).rejects.toThrow(
        /send its weights, model\.getWeights\(\)\.map.*hook\.train\.adam\(0\.001\)\.step/,
      );
    };
    await refused(() => loose(model)['send']?.(bob));
    await refused(() => model.predict(p));
    await refused(() => model.predict([p]));
    await refused(() => model.predictOnBatch(p));
    await refused(() => model.apply(p));
    await refused(() => model.fit(p, p));
    await refused(() => model.evaluate(p, p));
    await refused(() => model.trainOnBatch(p, p));
    await refused(() => model.setWeights([p, p]));
  });

  it.each([true, false])('refuse a loss that is a pointer, with variables: %s', (hasVariables) => {
    const engine = tf.engine();
    const before = engine.state.registeredVariables;
    engine.state.registeredVariables = hasVariables ? { w: tf.variable(tf.ones([1])) } : {};
    const p = pointer();
    const loss = (() => p.sum()) as never;
    try {
      expect(refusal(() => tf.train.sgd(0.1).minimize(loss))).toMatch(/hook\.train\.adam/);
      expect(refusal(() => tf.train.adam().minimize(loss, true, [p as never]))).toMatch(/hook\.tr/);
      if (hasVariables) expect(refusal(() => tf.variableGrads(loss))).toMatch(/hook\.valueAndGra/);
      expect(refusal(() => tf.grad(loss)(tf.ones([1])))).toMatch(/hook\.valueAndGrads/);
    } finally {
      engine.state.registeredVariables = before;
    }
  });

  it('refuse pointers by a code, and leave no tensor behind', () => {
    const [p, f] = [pointer() as never, (x: tf.Tensor) => x.square().sum()];
    const model = dense();
    const before = tf.memory().numTensors;
    const gradients = [
      () => tf.grad(f)(p),
      () => tf.grads(f)([p]),
      () => tf.valueAndGrad(f)(p),
      () => tf.valueAndGrads(f)([p]),
      () => tf.customGrad(((x: tf.Tensor) => ({ value: x, gradFunc: f })) as never)(p),
    ];
    for (const use of gradients) expect(refusal(use)).toMatch(/write hook\.valueAndGrads/);
    const operations = [
      () => tf.add(p, 1),
      () => tf.variable(p),
      () => tf.stack([p, p]),
      () => tf.zerosLike(p),
      () => tf.onesLike(p),
      () => tf.losses.meanSquaredError(p, p),
      () => model.layers[0]?.apply(p),
    ];
    for (const use of operations) expect(refusal(use)).toMatch(/call hook\.tf instead of tf/);
    for (const name of ['parameters', 'state_dict', 'zero_grad', 'forward']) {
      expect(refusal(() => loose(model)[name]?.(p))).toMatch(new RegExp(`no "${name}"; `));
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keep pointers in datasets of tf.data, which can not be batched there', async () => {
    const [p, q] = [pointer(), pointer()] as never[];
    const data = tf.data.array([p, q]);
    const batched = data.batch(2).toArray();
    await expect(batched).rejects.toThrow(/call hook\.tf instead of tf/);
    await expect(batched).rejects.toMatchObject({ code: 'pointer-misuse' });
  });

  it('compute with tensors as ever, and pass their own errors on', async () => {
    const again = new TensorHook(tf);
    const w = tf.variable(tf.tensor1d([1, 2]));
    const cost = tf.train.sgd(0.1).minimize(() => w.square().sum(), true) as tf.Scalar;
    expect(cost.arraySync()).toBe(5);
    expect((w.arraySync() as number[]).map((value) => Math.round(value * 10))).toEqual([8, 16]);
    expect(
      tf
        .grad((x) => x.square())(tf.scalar(3))
        .arraySync(),
    ).toBe(6);
    const broken = () => {
      throw new RangeError('mine');
    };
    expect(() => tf.train.sgd(0.1).minimize(broken)).toThrow(RangeError);
    const model = dense();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const history = await model.fit(tf.ones([4, 3]), tf.ones([4, 1]), { epochs: 1, verbose: 0 });
    expect(history.history['loss']).toHaveLength(1);
    expect(again.tf).toBeDefined();
    w.dispose();
  });
});

describe('a list of numbers that holds a pointer', () => {
  const [p, q] = [pointer, pointer].map((make) => loose(make())) as [never, never];
  const rows: readonly (readonly [string, () => unknown])[] = [
    ['tf.tensor([p, q])', () => tf.tensor([p, q])],
    ['tf.tensor([1, q])', () => tf.tensor([1, q])],
    ['tf.tensor([[p], [q]])', () => tf.tensor([[p], [q]])],
    ['tf.tensor1d([p])', () => tf.tensor1d([p])],
    ['tf.tensor1d([p, q], int32)', () => tf.tensor1d([p, q], 'int32')],
    ['tf.tensor2d([[p]])', () => tf.tensor2d([[p]])],
    ['tf.variable of such a list', () => tf.variable(tf.tensor([p]))],
    ['tf.add([p], 1)', () => tf.add([p], 1)],
    ['tf.sub([p, q], 1)', () => tf.sub([p, q], 1)],
    ['a local tensor’s method', () => tf.ones([2]).mul([p, q])],
  ];

  it.each(rows)('is refused: %s', (_name, body) => {
    expect(refusal(body)).toMatch(/got a pointer.*write hook\.tf\.stack\(\[p, q\]\)/);
  });

  it('does not stand in the way of other lists, after a pointer was awaited', async () => {
    const value = await (pointer() as unknown as Promise<unknown>);
    expect(tf.tensor([1, 2]).arraySync()).toEqual([1, 2]);
    await value;
    expect(tf.tensor([[]]).shape).toEqual([1, 0]);
    await value;
    expect(tf.tensor(['a', 'b']).shape).toEqual([2]);
    await value;
    expect(tf.zeros([2, 3]).size).toBe(6);
    await value;
    expect(tf.complex([1], [2]).shape).toEqual([1]);
  });

  it('names how to go through rows', () => {
    expect(refusal(() => loose(pointer())['forEach'])).toMatch(/write for \(const row of p\)/);
    expect(refusal(() => loose(pointer())['map'])).toMatch(/\[\.\.\.p\]/);
  });
});

describe('a hook', () => {
  it('gives its methods detached too', async () => {
    const { plan, tidy, valueAndGrads } = hook;
    const p = tf.tensor1d([1, 2]).send(bob);
    const square = plan((x) => x.square());
    const { grads } = valueAndGrads((x) => x.square().sum())([p]);
    const results = [tidy(() => square.run(bob, p)), grads[0]];
    const values = await Promise.all(
      results.map(async (result) => (await result.get()).arraySync()),
    );
    expect(values).toEqual([
      [1, 4],
      [2, 4],
    ]);
  });
});

describe('hook.train', () => {
  it('gives its optimizers detached, as modules give functions', () => {
    const { adam, momentum, sgd } = hook.train;
    const made = [adam(0.01), momentum(0.02, 0.9), sgd(0.03)];
    expect(made.map(({ learningRate }) => learningRate)).toEqual([0.01, 0.02, 0.03]);
  });
});
