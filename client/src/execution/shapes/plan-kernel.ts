import type { DataType } from '@tensorflow/tfjs';
import { REMOTE_RANK_MAX, RESULTS_MAX, TENSOR_ELEMENTS_MAX } from '../../protocol/limits.ts';
import { COMMAND_WORK_MAX, KERNEL_CALL_WORK, SCRATCH_ELEMENTS_MAX } from './bounds.ts';
import { checkFractions } from './held-numbers.ts';
import { KERNEL_RULES } from './kernel-rules.ts';
import { refuse } from './refuse.ts';
import { elementsOf, type KernelCall, type KernelPlan, type OutputSpec } from './spec.ts';

/** Work done so far by one operation. */
export interface WorkMeter {
  work: number;
}

const DTYPES: ReadonlySet<DataType> = new Set(['float32', 'int32', 'bool', 'complex64']);

/** Kernels that know complex numbers; the others would read half of them, or fail. */
const COMPLEX_KERNELS: ReadonlySet<string> = new Set(
  'Add Cast Complex ComplexAbs Concat ExpandDims FFT IFFT Identity Imag Multiply OnesLike Pack Real Reshape Sub ZerosLike'.split(
    ' ',
  ),
);

/**
 * Checks a kernel's arguments and bounds, and says what it will make.
 *
 * @param meter - Work of the operation that the kernel belongs to; mutated.
 * @throws {@link CommandError} `argument-invalid`, `argument-missing`, `dtype-unsupported`, `operation-unknown`, `tensor-too-large`, `work-too-large`
 */
export function planKernel(call: KernelCall, meter: WorkMeter): KernelPlan {
  const rule = KERNEL_RULES[call.kernel];
  if (rule === undefined) refuse('operation-unknown', `${call.kernel} is not offered by workers`);
  checkDtypes(call);
  const plan = rule(call);
  checkFractions(call, plan);
  const { outputs, work, scratchElements = 0 } = plan;
  if (outputs.length > RESULTS_MAX) {
    refuse(
      'tensor-too-large',
      `${call.kernel} would make ${outputs.length} tensors, expected at most ${RESULTS_MAX}`,
    );
  }
  for (const output of outputs) checkOutput(call, output);
  if (!(scratchElements <= SCRATCH_ELEMENTS_MAX)) {
    refuse(
      'tensor-too-large',
      `${call.kernel} would hold ${scratchElements} elements at once; use smaller parts`,
    );
  }
  addWork(meter, work ?? outputs.reduce((sum, { shape }) => sum + elementsOf(shape ?? []), 0));
  return plan;
}

/**
 * @param meter - mutated
 * @throws {@link CommandError} `work-too-large`
 */
export function addWork(meter: WorkMeter, work: number): void {
  meter.work += work + KERNEL_CALL_WORK;
  if (!(meter.work <= COMMAND_WORK_MAX)) {
    refuse(
      'work-too-large',
      `One operation would take above ${COMMAND_WORK_MAX} multiply-adds; use smaller parts`,
    );
  }
}

function checkDtypes({ kernel, inputs }: KernelCall): void {
  for (const input of Object.values(inputs)) {
    if (input?.dtype !== 'complex64' || COMPLEX_KERNELS.has(kernel)) continue;
    refuse('dtype-unsupported', `${kernel} got complex64; take its real, imag or abs first`);
  }
}

/**
 * Checks the form of a tensor that would be made.
 *
 * @throws {@link CommandError} `argument-invalid`, `dtype-unsupported`, `tensor-too-large`
 */
export function checkOutput(
  { kernel }: Pick<KernelCall, 'kernel'>,
  { shape, dtype }: OutputSpec,
): void {
  if (dtype !== null && !DTYPES.has(dtype)) {
    refuse(
      'dtype-unsupported',
      `${kernel} would make ${dtype}, expected ${[...DTYPES].join(', ')}`,
    );
  }
  if (shape === null) return;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    refuse('argument-invalid', `${kernel} would make shape [${shape}], expected sizes from 0`);
  }
  if (shape.length > REMOTE_RANK_MAX) {
    refuse(
      'tensor-too-large',
      `${kernel} would make ${shape.length} dimensions, expected at most ${REMOTE_RANK_MAX}`,
    );
  }
  if (!(elementsOf(shape) <= TENSOR_ELEMENTS_MAX)) {
    refuse(
      'tensor-too-large',
      `${kernel} would make shape [${shape}], expected at most ${TENSOR_ELEMENTS_MAX} elements`,
    );
  }
}
