import type { backend_util, DataType } from '@tensorflow/tfjs';
import { TENSOR_ELEMENTS_MAX } from '../../protocol/limits.ts';
import { refuse } from './refuse.ts';
import type { KernelCall } from './spec.ts';

/** One spatial axis of the windows. */
interface Axis {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly filterSize: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBefore: number;
}

function axesOf(info: backend_util.Conv2DInfo): readonly Axis[] {
  const rows = {
    inputSize: info.inHeight,
    outputSize: info.outHeight,
    filterSize: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    padBefore: info.padInfo.top,
  };
  const columns = {
    inputSize: info.inWidth,
    outputSize: info.outWidth,
    filterSize: info.filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    padBefore: info.padInfo.left,
  };
  return [rows, columns];
}

function areFilled(axis: Axis): boolean {
  const { inputSize, outputSize, filterSize, stride, dilation, padBefore } = axis;
  // Larger outputs are refused for their size.
  if (!(outputSize <= TENSOR_ELEMENTS_MAX)) return true;

  for (let window = 0; window < outputSize; window += 1) {
    const begin = window * stride - padBefore;
    const firstTap = Math.max(0, Math.ceil(-begin / dilation));
    if (firstTap >= filterSize || begin + firstTap * dilation >= inputSize) return false;
  }
  return true;
}

/**
 * Checks that every window of a maximum holds an element: that of padding alone is minus infinity,
 * which float32 has only.
 *
 * @throws {@link CommandError} `argument-invalid`
 */
export function checkFilledWindows(
  { kernel }: Pick<KernelCall, 'kernel'>,
  { dtype, info }: { readonly dtype: DataType; readonly info: backend_util.Conv2DInfo },
): void {
  if (dtype === 'float32' || axesOf(info).every(areFilled)) return;
  refuse(
    'argument-invalid',
    `${kernel} got ${dtype} as x and windows of padding alone; give less pad, or cast x to float32`,
  );
}
