/** Most work of one operation, in multiply-adds: one or two minutes of tfjs's cpu backend at 2·10^8 a second. */
export const COMMAND_WORK_MAX: number = 2 ** 34;

/** Work counted for each kernel beside its own: a call takes 10 µs however small the tensors, as 2^12 multiply-adds do. */
export const KERNEL_CALL_WORK: number = 2 ** 12;

/** Most elements that a kernel holds besides inputs and outputs: as many as the largest inputs and outputs together. */
export const SCRATCH_ELEMENTS_MAX: number = 2 ** 27;
