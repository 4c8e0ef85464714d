/** Kernels that make the backends train alike; see each file for what was lacking or wrong. */
import { fusedMatMul } from './activation.ts';
import {
  conv2DFilterGradient,
  conv3DFilterGradient,
  conv3DInputGradient,
} from './conv-gradients.ts';
import { convolutions } from './convolutions.ts';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise-gradients.ts';
import { gather } from './gather.ts';
import { registerGradients } from './gradients.ts';
import { type ComposedKernel, registerComposed } from './kernel.ts';
import { batchMatMul } from './mat-mul.ts';
import { elementwiseKernels } from './not-a-number.ts';
import {
  avgPool2D,
  avgPool2DGradient,
  avgPool3DGradient,
  maxPool2D,
  maxPool2DGradient,
  maxPool3D,
  maxPool3DGradient,
} from './pooling.ts';
import { resizeGradients } from './resize-gradient.ts';
import { unsortedSegmentSum } from './segment-sum.ts';

const WASM_KERNELS: readonly ComposedKernel[] = [
  batchMatMul,
  conv2DFilterGradient,
  conv3DFilterGradient,
  conv3DInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  fusedMatMul,
  gather,
  avgPool2D,
  avgPool2DGradient,
  avgPool3DGradient,
  maxPool2D,
  maxPool2DGradient,
  maxPool3D,
  maxPool3DGradient,
  unsortedSegmentSum,
  ...elementwiseKernels,
  ...convolutions,
  ...resizeGradients,
];

const CPU_KERNELS: readonly ComposedKernel[] = [
  avgPool2DGradient,
  avgPool3DGradient,
  maxPool3DGradient,
  ...resizeGradients,
];

/** Registers whatever `backend` needs; again is harmless. */
export function registerKernels(backend: 'wasm' | 'cpu'): void {
  const kernels = backend === 'wasm' ? WASM_KERNELS : CPU_KERNELS;
  for (const kernel of kernels) registerComposed(kernel, backend);
  registerGradients();
}

/** Names of the kernels {@link registerKernels} adds or replaces. */
export function kernelNames(backend: 'wasm' | 'cpu'): string[] {
  const kernels = backend === 'wasm' ? WASM_KERNELS : CPU_KERNELS;
  return kernels.map((kernel) => kernel.kernelName);
}
