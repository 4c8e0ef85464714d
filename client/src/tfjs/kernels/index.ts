/** Kernels that make the backends train alike; see each file for what was lacking or wrong. */
import * as tf from '@tensorflow/tfjs';
import { registerGradients as registerCorrected } from '../../gradients/index.ts';
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
];

/** Made of operations that every backend has. */
const GENERAL_KERNELS: readonly ComposedKernel[] = [
  avgPool2DGradient,
  avgPool3DGradient,
  maxPool3DGradient,
];

const KERNELS: Readonly<Record<string, readonly ComposedKernel[]>> = {
  wasm: WASM_KERNELS,
  cpu: GENERAL_KERNELS,
  webgl: GENERAL_KERNELS,
};

/**
 * Registers what `backend` needs, and the gradients that every backend needs; again is harmless, and
 * mends what another copy of TensorFlow.js registered over it.
 */
export function registerKernels(backend: string): void {
  for (const kernel of KERNELS[backend] ?? []) registerComposed(kernel, backend);
  // Those that workers compute with are tried on these two backends only.
  if (backend === 'cpu' || backend === 'wasm') registerCorrected(tf);
  else registerGradients();
}

/** Names of the kernels {@link registerKernels} adds or replaces. */
export function kernelNames(backend: string): string[] {
  return (KERNELS[backend] ?? []).map((kernel) => kernel.kernelName);
}
