import { BATCH_ELEMENTS_MAX } from '../../protocol/limits.ts';

/** Most work of one operation, in multiply-adds: two minutes of matrix products or convolutions on tfjs's cpu backend, measured at 1.5·10^8 a second. */
export const COMMAND_WORK_MAX: number = 2 ** 34;

/** Work counted for each kernel beside its own, however small the tensors: 2^17 calls, a few seconds of them, are most. */
export const KERNEL_CALL_WORK: number = 2 ** 17;

/** Most elements that a kernel holds besides inputs and outputs: as many as the largest inputs and outputs together. */
export const SCRATCH_ELEMENTS_MAX: number = 2 ** 27;

/** Most bytes of tensors that one operation, or one run of a plan, makes and holds at one time: as many as a batch may hold. */
export const HELD_BYTES_MAX: number = 4 * BATCH_ELEMENTS_MAX;
