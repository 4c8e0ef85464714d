/** Kernels on batches of images, `[batch, height, width, channels]`. */
import { inputOf, integerOf, integersOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelCall, type KernelRule, type TensorSpec } from '../spec.ts';

function sizeOf(call: KernelCall, name: string): [number, number] {
  const [height, width, ...more] = integersOf(call, name, { min: 1 });
  if (height === undefined || width === undefined || more.length > 0) {
    refuse('argument-invalid', `${call.kernel} got no [height, width] as ${name}; give both`);
  }
  return [height, width];
}

/** Images with pixels: there is nothing to make others from in an empty one. */
function imagesOf(
  call: KernelCall,
  name: string,
): TensorSpec & { shape: readonly [number, number, number, number] } {
  const { shape, dtype } = inputOf(call, name);
  const [batch = 0, height = 0, width = 0, channels = 0, ...more] = shape;
  if (shape.length !== 4 || more.length > 0 || height === 0 || width === 0) {
    refuse(
      'argument-invalid',
      `${call.kernel} got [${shape}] as ${name}; give [batch, height, width, channels] with pixels`,
    );
  }
  return { shape: [batch, height, width, channels], dtype };
}

const resize =
  (makesFloat: boolean): KernelRule =>
  (call) => {
    const { shape, dtype } = imagesOf(call, 'images');
    const [batch, , , channels] = shape;
    const outShape = [batch, ...sizeOf(call, 'size'), channels];
    const outputs = [{ shape: outShape, dtype: makesFloat ? ('float32' as const) : dtype }];
    return { outputs, work: 4 * elementsOf(outShape) };
  };

const cropAndResize: KernelRule = (call) => {
  const [, , , channels] = imagesOf(call, 'image').shape;
  const boxes = inputOf(call, 'boxes').shape[0] ?? 0;
  const shape = [boxes, ...sizeOf(call, 'cropSize'), channels];
  return { outputs: [{ shape, dtype: 'float32' }], work: 4 * elementsOf(shape) };
};

const keeps: KernelRule = (call) => ({ outputs: [inputOf(call, 'image')] });

const transform: KernelRule = (call) => {
  const { shape, dtype } = imagesOf(call, 'image');
  const [batch, height, width, channels] = shape;
  const asked = call.attrs['outputShape'];
  const size =
    asked === null || asked === undefined ? [height, width] : sizeOf(call, 'outputShape');
  const outShape = [batch, ...size, channels];
  return { outputs: [{ shape: outShape, dtype }], work: 8 * elementsOf(outShape) };
};

function suppression(call: KernelCall) {
  const boxes = inputOf(call, 'boxes').shape[0] ?? 0;
  const most = integerOf(call, 'maxOutputSize', { min: 0 });
  const work = 24 * boxes * (Math.min(most, boxes) + 1);
  const selected = { shape: null, dtype: 'int32' as const };
  // An object for each box.
  return { most, work, selected, scratchElements: 16 * boxes };
}

const suppressionV3: KernelRule = (call) => {
  const { work, selected, scratchElements } = suppression(call);
  return { outputs: [selected], work, scratchElements };
};

const suppressionPadded: KernelRule = (call) => {
  const { most, work, selected, scratchElements } = suppression(call);
  const indices = call.attrs['padToMaxOutputSize'] ? { ...selected, shape: [most] } : selected;
  return { outputs: [indices, { shape: [], dtype: 'int32' }], work, scratchElements };
};

const suppressionWithScores: KernelRule = (call) => {
  const { work, selected, scratchElements } = suppression(call);
  // Soft suppression puts boxes back into the queue.
  const outputs = [selected, { shape: null, dtype: 'float32' as const }];
  return { outputs, work: 4 * work, scratchElements };
};

/** Rules by kernel. */
export const IMAGES: Readonly<Record<string, KernelRule>> = {
  CropAndResize: cropAndResize,
  FlipLeftRight: keeps,
  NonMaxSuppressionV3: suppressionV3,
  NonMaxSuppressionV4: suppressionPadded,
  NonMaxSuppressionV5: suppressionWithScores,
  ResizeBilinear: resize(true),
  ResizeNearestNeighbor: resize(false),
  RotateWithOffset: keeps,
  Transform: transform,
};
