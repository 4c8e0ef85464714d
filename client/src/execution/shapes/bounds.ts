/** How large one operation may be; each number says where it comes from. */

/** Most dimensions of a tensor: tfjs has no type above 6. */
export const RANK_MAX = 6;

/** Most elements of a tensor, and of what a kernel holds besides: 128 MiB of float32, a few of which fit one function. */
export const TENSOR_ELEMENTS_MAX: number = 2 ** 25;

/** Most work of one operation, in multiply-adds: about a minute of the cpu backend, measured at 3·10^8 a second. */
export const WORK_MAX: number = 2 ** 34;

/** Work counted for each kernel beside its own: a call takes 10 µs however small the tensors, which is 2^12 multiply-adds. */
export const KERNEL_CALL_WORK: number = 2 ** 12;

/** Most outputs of one operation: each is an object of its own. */
export const OUTPUTS_MAX = 1_024;
