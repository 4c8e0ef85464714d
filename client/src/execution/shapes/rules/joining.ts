/** Kernels that join tensors, repeat them, or surround them. */
import { inputListOf, inputOf, integerOf, integersOf, pairsOf } from '../arguments.ts';
import { checkHeld } from '../held-numbers.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelRule } from '../spec.ts';

const concat: KernelRule = (call) => {
  const inputs = inputListOf(call);
  const [{ shape, dtype }] = inputs;
  // The cpu kernel would cut every tensor's values down to the dtype of the first.
  if (inputs.some((input) => input.dtype !== dtype)) {
    const dtypes = [...new Set(inputs.map((input) => input.dtype))];
    refuse('argument-invalid', `Concat got tensors of ${dtypes.join(' and ')}; cast them to one`);
  }
  const asked = integerOf(call, 'axis', { min: -shape.length, max: shape.length - 1 });
  const axis = asked < 0 ? asked + shape.length : asked;
  const shapes = inputs.map((input) => [...input.shape]);
  call.tf.backend_util.assertParamsConsistent(shapes, axis);
  const outShape = call.tf.backend_util.computeOutShape(shapes, axis);
  return { outputs: [{ shape: outShape, dtype }] };
};

const pack: KernelRule = (call) => {
  const [{ shape, dtype }, ...others] = inputListOf(call);
  if (others.some((other) => other.shape.join() !== shape.join() || other.dtype !== dtype)) {
    refuse('argument-invalid', 'Pack got tensors of different shapes or dtypes; give equal ones');
  }
  const rank = shape.length;
  const axis = integerOf(call, 'axis', { min: -(rank + 1), max: rank });
  const at = axis < 0 ? axis + rank + 1 : axis;
  const outShape = [...shape.slice(0, at), others.length + 1, ...shape.slice(at)];
  return { outputs: [{ shape: outShape, dtype }] };
};

const pad: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const pairs = pairsOf(call, 'paddings', { count: shape.length });
  const outShape = shape.map((size, axis) => {
    const [before, after] = pairs[axis] ?? [0, 0];
    return before + size + after;
  });
  checkHeld(call, { name: 'constantValue', value: call.attrs['constantValue'], dtype });
  return { outputs: [{ shape: outShape, dtype }] };
};

const mirrorPad: KernelRule = (call) => {
  const { shape } = inputOf(call, 'x');
  const edge = call.attrs['mode'] === 'reflect' ? 1 : 0;
  for (const [axis, pair] of pairsOf(call, 'paddings', { count: shape.length }).entries()) {
    const most = (shape[axis] ?? 0) - edge;
    if (pair.some((width) => width > most)) {
      refuse(
        'argument-invalid',
        `MirrorPad of [${shape}] got more than ${most} in dimension ${axis}`,
      );
    }
  }
  return pad(call);
};

const tile: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const reps = integersOf(call, 'reps', { min: 0 });
  if (reps.length !== shape.length) {
    refuse(
      'argument-invalid',
      `Tile of [${shape}] got ${reps.length} repetitions; give one a dimension`,
    );
  }
  return { outputs: [{ shape: shape.map((size, axis) => size * (reps[axis] ?? 1)), dtype }] };
};

const spaceToBatch: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const blocks = integersOf(call, 'blockShape', { min: 1 });
  const pairs = pairsOf(call, 'paddings', { count: blocks.length });
  const padded = blocks.map((block, i) => {
    const [before, after] = pairs[i] ?? [0, 0];
    const size = (shape[i + 1] ?? 0) + before + after;
    if (size % block !== 0) {
      refuse(
        'argument-invalid',
        `SpaceToBatchND got blocks of ${block} for ${size}; pad to a multiple`,
      );
    }
    return size / block;
  });
  const batch = (shape[0] ?? 0) * elementsOf(blocks);
  const outputs = [{ shape: [batch, ...padded, ...shape.slice(blocks.length + 1)], dtype }];
  return { outputs, scratchElements: batch * elementsOf(padded) };
};

const batchToSpace: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const blocks = integersOf(call, 'blockShape', { min: 1 });
  const crops = pairsOf(call, 'crops', { count: blocks.length });
  const batch = (shape[0] ?? 0) / elementsOf(blocks);
  const cropped = blocks.map((block, i) => {
    const [before, after] = crops[i] ?? [0, 0];
    return (shape[i + 1] ?? 0) * block - before - after;
  });
  if (!Number.isInteger(batch) || cropped.some((size) => size < 0)) {
    refuse('argument-invalid', `BatchToSpaceND of [${shape}] got blocks or crops that don't fit`);
  }
  const outputs = [{ shape: [batch, ...cropped, ...shape.slice(blocks.length + 1)], dtype }];
  return { outputs, work: elementsOf(shape), scratchElements: elementsOf(shape) };
};

const depthToSpace: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const block = integerOf(call, 'blockSize', { min: 1, max: 2 ** 20 });
  const [batch = 0, height = 0, width = 0, depth = 0] = shape;
  if (call.attrs['dataFormat'] !== 'NHWC' || depth % block ** 2 !== 0) {
    refuse(
      'argument-invalid',
      `DepthToSpace of [${shape}] got another format than NHWC, or a block of ${block}`,
    );
  }
  const outShape = [batch, height * block, width * block, depth / block ** 2];
  return { outputs: [{ shape: outShape, dtype }] };
};

/** Rules by kernel. */
export const JOINING: Readonly<Record<string, KernelRule>> = {
  BatchToSpaceND: batchToSpace,
  Concat: concat,
  DepthToSpace: depthToSpace,
  MirrorPad: mirrorPad,
  Pack: pack,
  PadV2: pad,
  SpaceToBatchND: spaceToBatch,
  Tile: tile,
};
