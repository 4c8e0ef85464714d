import * as tf from '@tensorflow/tfjs';
import {
  CommandError,
  GetNotPermittedError,
  ObjectNotFoundError,
  type PointerTensor,
  type TensorHook,
} from '@tributary/client';
import { describe, expect, it } from 'vitest';
import { statusesOf, tripsDuring } from './wire.ts';
import { count, errorOf, type Given, got, thrown, x } from './world.ts';

/** Any operations, of tensors here or of pointers. */
type Operations = TensorHook['tf'];

/** Cases from users of such systems, about what is computed. */
export function casesOfValues(given: Given): void {
  describe('cases of values', () => {
    it('P07 metadata: shape, rank, size and dtype are known without a round trip', async () => {
      const { bob, alice, hook } = given();
      const trips = await tripsDuring([bob, alice], () => {
        const [p, m] = [x().send(bob), x().send(bob, alice)];
        expect([p.shape, p.rank, p.size, p.dtype]).toEqual([[5], 1, 5, 'int32']);
        expect([m.shape, m.rank, m.size, m.dtype]).toEqual([[5], 1, 5, 'int32']);
        const results = [
          p.sum(),
          m.reshape([5, 1]).matMul(m.reshape([1, 5])),
          hook.tf.topk(p, 3).indices,
          hook.plan((a) => a.greater(2)).run(bob, p),
          hook.valueAndGrads((a) => a.square().sum())([p.toFloat()]).grads[0],
          p.send(alice),
        ];
        expect(results.map(({ shape, rank, size, dtype }) => [shape, rank, size, dtype])).toEqual([
          [[], 0, 1, 'int32'],
          [[5, 5], 2, 25, 'int32'],
          [[3], 1, 3, 'int32'],
          [[5], 1, 5, 'bool'],
          [[5], 1, 5, 'float32'],
          [[5], 1, 5, 'int32'],
        ]);
      });
      expect(trips).toBe(0);
    });

    it('P08 op table: list arguments take any count, and names mean the operation', async () => {
      const { hook, bob, alice } = given();
      const [a, b, c] = [1, 2, 3].map((value) => tf.tensor1d([value]).send(bob)) as [
        PointerTensor,
        PointerTensor,
        PointerTensor,
      ];
      expect(await got(hook.tf.stack([a, b]))).toEqual([[1], [2]]);
      expect(await got(hook.tf.stack([a, b, c]))).toEqual([[1], [2], [3]]);
      expect(await got(hook.tf.concat([a, b, c, a]))).toEqual([1, 2, 3, 1]);
      const far = tf.tensor1d([4]).send(alice);
      expect(thrown(() => hook.tf.concat([a, b, far])).code).toBe('tensors-not-collocated');
      expect(await got(hook.tf.reshape(a, [1, 1]))).toEqual([[1]]);
      expect(await got(hook.tf.reshape(x().send(bob), [5, 1]))).toEqual([[1], [2], [3], [4], [5]]);
      const image = tf.range(0, 12).reshape([2, 2, 3]) as tf.Tensor3D;
      const here = tf.image.resizeBilinear(image, [4, 4]);
      const there = hook.tf.image.resizeBilinear(image.send(bob), [4, 4]).get();
      const { shape, dtype } = await there;
      expect([shape, dtype]).toEqual([[4, 4, 3], 'float32']);
      expect((await there).arraySync()).toEqual(here.arraySync());
    });

    it.each([
      ...['layers.add', 'constructor', '__proto__', 'toString', 'layers', 'image', 'math.add'],
      ...['prototype', 'hasOwnProperty', 'add.call', 'tidy', 'tensor', 'loadGraphModel', '$eval'],
    ])('P08 op table: %s is refused with a code, and nothing runs', async (op) => {
      const { hook, bob } = given();
      const { idAtLocation: ref } = await x().send(bob).ready();
      const create = { dtype: 'bool', shape: [1], data: 'AQ==' };
      const [first, second] = await statusesOf(bob, [
        [op, [ref], {}, ['a'.repeat(22)]],
        ['$create', [], create, ['b'.repeat(22)]],
      ]);
      expect(first).toMatchObject({ status: 'failed', error: { code: 'operation-unknown' } });
      expect(second).toEqual({ status: 'not-run' });
      expect(await count(bob)).toBe(1);
      const offered = () => (hook.tf as never as Record<string, unknown>)[op];
      expect(op in hook.tf && typeof offered() === 'function').toBe(false);
    });

    it('P09 multi-output: values, indices, parts and rows are pointers each', async () => {
      const { hook, alice } = given();
      const { values, indices } = hook.tf.topk(tf.tensor1d([5, 1, 9], 'int32').send(alice), 2);
      const halves = hook.tf.split(tf.tensor1d([1, 2, 3, 4]).send(alice), 2);
      const rows = hook.tf.unstack(
        tf
          .tensor2d([
            [1, 2],
            [3, 4],
          ])
          .send(alice),
      );
      const { mean, variance } = hook.tf.moments(tf.tensor1d([1, 3]).send(alice));
      expect([halves.length, rows.length]).toEqual([2, 2]);
      const pointers = [values, indices, ...halves, ...rows, mean, variance];
      expect(new Set(pointers.map(({ idAtLocation }) => idAtLocation)).size).toBe(8);
      const tensors = await Promise.all(pointers.map((pointer) => pointer.get()));
      const forms = [...Array(2).fill('int32'), ...Array(6).fill('float32')];
      expect(pointers.map(({ dtype }) => dtype)).toEqual(forms);
      expect(tensors.map(({ dtype }) => dtype)).toEqual(forms);
      expect(tensors.map((tensor) => tensor.arraySync())).toEqual([
        [9, 5],
        [2, 0],
        ...[
          [1, 2],
          [3, 4],
          [1, 2],
          [3, 4],
        ],
        ...[2, 1],
      ]);
    });

    it('P09 multi-output: errors keep class, code and command on their way', async () => {
      const { bob, guest, hook } = given();
      const [gone, hidden] = [x().tag('#gone').send(bob), x().tag('#hidden').send(bob, SECRET)];
      await hidden.ready();
      const [lost] = (await guest.bob.search('#gone')) as [PointerTensor];
      const [secret] = (await guest.bob.search('#hidden')) as [PointerTensor];
      await got(gone);
      await bob.flush();
      const bad = hidden.gather([9]);
      const failures = [
        [errorOf(lost.get()), ObjectNotFoundError, 'object-not-found', '$read', []],
        [errorOf(secret.get()), GetNotPermittedError, 'get-not-permitted', '$read', []],
        [errorOf(hidden.release()), GetNotPermittedError, 'release-not-permitted', '$release', []],
        [errorOf(bad.get()), CommandError, 'values-invalid', 'gather', [bad.idAtLocation]],
        [
          errorOf(hook.fetchPlan(bob, '0'.repeat(64))),
          CommandError,
          'plan-not-found',
          '$fetch-plan',
          [],
        ],
      ] as const;
      for (const [failing, kind, code, op, results] of failures) {
        const error = await failing;
        expect(error.constructor).toBe(kind);
        expect(error).toMatchObject({ name: kind.name, code });
        const index = expect.any(Number);
        expect((error as CommandError).command).toEqual({ index, op, results });
      }
    });

    it('P13 zero size: what has no elements computes as tfjs does here', async () => {
      const { hook, alice } = given();
      expect(await got(tf.tensor1d([]).send(alice).sum())).toBe(0);
      const means = await got(tf.zeros([4, 0]).send(alice).mean(1));
      expect(means).toEqual([0, 0, 0, 0]);
      const [z20, z02] = [tf.zeros([2, 0]).send(alice), tf.zeros([0, 2]).send(alice)];
      expect(await got(z20.matMul(z02))).toEqual([
        [0, 0],
        [0, 0],
      ]);
      const [ones11, ones01] = [tf.ones([1, 1]).send(alice), tf.ones([0, 1]).send(alice)];
      expect(await got(hook.tf.concat([ones11, ones01]))).toEqual([[1]]);
      const scalar = tf.scalar(3).send(alice);
      const back = await scalar.get();
      expect([scalar.shape, back.shape, back.arraySync()]).toEqual([[], [], 3]);
    });

    it.each<[string, readonly number[], (t: tf.Tensor, ops: Operations) => unknown]>([
      ['max', [0], (t) => t.max()],
      ['min along an axis', [3, 0], (t) => t.min(1)],
      ['prod', [0], (t) => t.prod()],
      ['sum along an axis', [0, 3], (t) => t.sum(0)],
      ['mean of all', [0, 3], (t) => t.mean()],
      ['all', [2, 0], (t) => t.toBool().all(1)],
      ['any', [2, 0], (t) => t.toBool().any(1)],
      ['argMax', [2, 0], (t) => t.argMax(1)],
      ['logSumExp', [2, 0], (t) => t.logSumExp(1)],
      ['norm', [0], (t) => t.norm()],
      ['softmax', [2, 0], (t) => t.softmax()],
      ['cumsum', [0], (t) => t.cumsum()],
      ['matMul of none with none', [0, 0], (t) => t.matMul(t)],
      ['matMul of batches', [2, 3, 0], (t) => t.matMul(t.transpose([0, 2, 1]))],
      ['transpose', [0, 3], (t) => t.transpose()],
      [
        'pad to something',
        [0, 2],
        (t) =>
          t.pad([
            [1, 0],
            [0, 1],
          ]),
      ],
      ['tile no times', [2], (t) => t.tile([0])],
      ['slice of nothing', [3], (t) => t.slice([3], [0])],
      ['stack', [0], (t, ops) => ops.stack([t, t] as never)],
      [
        'gather of nothing',
        [3, 2],
        (t, ops) =>
          ops.gather(t as never, ops.cast(t.slice([0, 0], [0, 1]).reshape([0]) as never, 'int32')),
      ],
      ['one-hot of nothing', [0], (t, ops) => ops.oneHot(t.toInt() as never, 3)],
      ['where', [0], (t, ops) => ops.where(t.toBool() as never, t as never, t as never)],
      ['conv of no examples', [0, 3, 3, 1], (t, ops) => ops.maxPool(t as never, 2, 1, 'valid')],
      ['depth of nothing', [2, 0], (t) => t.add(1).mul(t)],
    ])('P13 zero size, the kind behind it: %s', async (_, shape, compute) => {
      const { hook, alice } = given();
      const here = attempt(() => compute(tf.zeros([...shape]), tf as never)) as tf.Tensor | Error;
      const pointer = tf.zeros([...shape]).send(alice) as never;
      const queued = attempt(() => compute(pointer, hook.tf)) as PointerTensor | Error;
      const there =
        queued instanceof Error ? queued : await queued.get().catch((error: Error) => error);
      if (here instanceof Error || there instanceof Error) {
        expect(there).toBeInstanceOf(CommandError);
        return;
      }
      expect([there.shape, there.dtype]).toEqual([here.shape, here.dtype]);
      expect(there.arraySync()).toEqual(here.arraySync());
    });

    it('P14 robustness: arguments that trap kernels are refused, and the next batch works', async () => {
      const { alice } = given();
      const p = x().send(alice);
      expect(thrown(() => p.tile([-1])).code).toBe('argument-invalid');
      expect(thrown(() => p.pad([[-1, 0]])).code).toBe('argument-invalid');
      expect(await got(p.add(1))).toEqual([2, 3, 4, 5, 6]);
      const zeros = tf.zeros([5], 'int32').send(alice);
      const operations = ['mod', 'div', 'floorDiv'] as const;
      for (const operation of operations) {
        const here = x()
          [operation](tf.zeros([5], 'int32'))
          .arraySync();
        expect(await got(p[operation](zeros)), operation).toEqual(here);
      }
      expect(await got(p.add(1))).toEqual([2, 3, 4, 5, 6]);
    });

    it.each<[string, object, readonly unknown[]]>([
      ['tile', { reps: [-1] }, []],
      ['tile', { reps: [2 ** 31] }, []],
      ['pad', { paddings: [[-1, 0]] }, []],
      ['slice', { begin: [-1], size: [2] }, []],
      ['slice', { begin: [4], size: [9] }, []],
      ['reshape', { shape: [-5, -1] }, []],
      ['transpose', { perm: [7] }, []],
      ['gather', {}, [{ value: [9] }]],
      ['gather', { axis: 5 }, [{ value: [0] }]],
      ['oneHot', { depth: -1 }, []],
      ['broadcastTo', { shape: [-5] }, []],
      ['expandDims', { axis: 9 }, []],
      ['bincount', { size: -1 }, [{ value: [1, 1, 1, 1, 1] }]],
      ['unsortedSegmentSum', { numSegments: -1 }, [{ value: [0, 0, 0, 0, 9] }]],
    ])(
      'P14 robustness, the kind behind it: %s with %j is refused by the worker itself',
      async (op, attributes, others) => {
        const { bob, guest } = given();
        const p = await x().tag('#shared').send(bob).ready();
        const command = [op, [p.idAtLocation, ...others], attributes, ['a'.repeat(22)]];
        const [status] = await statusesOf(bob, [command]);
        const code = expect.stringMatching(
          /^(argument-invalid|attribute-invalid|values-invalid|tensor-too-large)$/,
        );
        expect(status).toMatchObject({ status: 'failed', error: { code } });
        const [found] = (await guest.bob.search('#shared')) as [PointerTensor];
        expect(await got(found.add(1))).toEqual([2, 3, 4, 5, 6]);
        expect(await got(p.add(1))).toEqual([2, 3, 4, 5, 6]);
      },
    );

    it('P15 dtype: integer division is of integers, and numbers are float32', async () => {
      const { bob } = given();
      const i = tf.tensor1d([-5, -4, 3, 2], 'int32').send(bob);
      const j = tf.tensor1d([3, 2, 2, 2], 'int32').send(bob);
      const results = [i.div(j), i.div(2), i.add(1), i.div(i.sub(i))];
      const before = results.map(({ dtype }) => dtype);
      const tensors = await Promise.all(results.map((result) => result.get()));
      expect(before).toEqual(['int32', 'float32', 'float32', 'int32']);
      expect(tensors.map(({ dtype }) => dtype)).toEqual(before);
      expect(tensors.map((tensor) => tensor.arraySync())).toEqual([
        [-2, -2, 1, 1],
        [-2.5, -2, 1.5, 1],
        [-4, -3, 4, 3],
        [0, 0, 0, 0],
      ]);
    });

    it.each(['int32', 'float32', 'bool'] as const)(
      'P15 dtype, the kind behind it: arithmetic of %s is as here, before the trip and after',
      async (dtype) => {
        const { bob } = given();
        const local = tf.tensor1d([1, 0, 1, 1], dtype);
        const whole = tf.tensor1d([3, 2, 0, 2], 'int32');
        const [p, q] = [local.send(bob), whole.send(bob)];
        const binary = [
          'add',
          'sub',
          'mul',
          'div',
          'floorDiv',
          'mod',
          'maximum',
          'pow',
          'divNoNan',
        ] as const;
        const unary = ['sum', 'mean', 'neg', 'square', 'cumsum', 'prod', 'argMax', 'sqrt'] as const;
        const pairs = [
          ...binary.flatMap((op) => [
            [op, () => local[op](whole), () => p[op](q)] as const,
            [op, () => whole[op](local), () => q[op](p)] as const,
            [op, () => local[op](2), () => p[op](2)] as const,
            [op, () => local[op](true as never), () => p[op](true as never)] as const,
          ]),
          ...unary.map((op) => [op, () => method(local, op)(), () => method(p, op)()] as const),
        ];
        for (const [op, here, there] of pairs) {
          const expected = attempt(here) as tf.Tensor | Error;
          const pointer = attempt(there) as PointerTensor | Error;
          if (expected instanceof Error || pointer instanceof Error) {
            expect(pointer, op).toBeInstanceOf(CommandError);
            continue;
          }
          const actual = await pointer.get();
          expect([pointer.dtype, actual.dtype, actual.shape], op).toEqual([
            expected.dtype,
            expected.dtype,
            expected.shape,
          ]);
          // tfjs lets a bool tensor hold 2 and 255; true is 1 at a worker, as in PyTorch and NumPy.
          const values =
            expected.dtype === 'bool' ? expected.notEqual(tf.scalar(false, 'bool')) : expected;
          expect(actual.arraySync(), op).toEqual(values.arraySync());
        }
      },
    );

    it('P17 wire numbers: NaN, infinities and -0 arrive', async () => {
      const { bob, hook } = given();
      const p = tf.tensor1d([1, 2, 3, 4, 5]).send(bob);
      expect(await got(p.clipByValue(Number.NEGATIVE_INFINITY, 3))).toEqual([1, 2, 3, 3, 3]);
      expect(await got(p.mul(Number.NaN))).toEqual(Array(5).fill(Number.NaN));
      expect(await got(p.div(-0))).toEqual(Array(5).fill(Number.NEGATIVE_INFINITY));
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0];
      expect(await got(tf.tensor1d(odd).send(bob))).toEqual(odd);
      expect(await got(p.mul([-0, Number.NaN, 1, 1, 1]))).toEqual([-0, Number.NaN, 3, 4, 5]);
      const plan = hook.plan((a: PointerTensor, b: number) => a.mul(-0).add(b));
      for (const number of [Number.POSITIVE_INFINITY, Number.NaN, -0]) {
        expect(await got(plan.run(bob, p, number))).toEqual(Array(5).fill(number));
      }
      const constant = hook.plan((a) => a.mul(tf.tensor1d(odd)));
      expect(await got(constant.run(bob, tf.ones([3]).send(bob)))).toEqual(odd);
    });

    it('P17 wire numbers, the kind behind it: any bits come back, of any dtype', async () => {
      const { bob, alice } = given();
      // A NaN with a payload, the least and the greatest numbers, both zeros, both infinities.
      const bits = [0x7fc12345, 0x00000001, 0x7f7fffff, 0x80000000, 0, 0x7f800000, 0xff800000];
      const values = new Float32Array(Uint32Array.from(bits).buffer);
      const tensors = [
        tf.tensor1d(values),
        tf.complex(tf.tensor1d(values), tf.tensor1d(values.toReversed())),
        tf.tensor1d(Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 2 ** 24 + 1, -1, 0), 'int32'),
        tf.tensor1d([1, 0], 'bool'),
      ];
      for (const tensor of tensors) {
        const { dtype, shape } = tensor;
        const there = await tensor.send(bob).copy().move(alice);
        const back = await there.get();
        expect([back.dtype, back.shape]).toEqual([dtype, shape]);
        expect(bytesOf(back), dtype).toEqual(bytesOf(tensor));
      }
    });
  });
}

function method(of: object, name: string): () => unknown {
  return (of as Record<string, () => unknown>)[name]?.bind(of) as () => unknown;
}

const SECRET = { private: true } as const;

function attempt(body: () => unknown): unknown {
  try {
    return body();
  } catch (error) {
    return error;
  }
}

function bytesOf(tensor: tf.Tensor): number[] {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return [...new Uint8Array(buffer, byteOffset, byteLength)];
}
