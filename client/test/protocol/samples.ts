/** Values that tests of the protocol share; the committed fixtures are made of them. */
import type {
  PartialRecord,
  RejectionDetail,
  SafetensorsContent,
  TensorData,
  TrainingPlan,
} from '@tributary/client/protocol';

export const DEVICE = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE';
export const OTHER_DEVICE = 'ZyXwVuTsRqPoNmLkJiHgFeDcBa9876543210_-ZyXwV';
export const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export const NON_FINITE: RejectionDetail = {
  message:
    'Tensor "dense/bias", element 2: expected a finite number, got NaN or an infinity; check the training for divergence, and that numbers are little-endian float32',
  tensor: 'dense/bias',
  expected: 'a finite number',
  got: 'NaN or an infinity',
};

export const WRONG_SHAPE: RejectionDetail = {
  message: 'Tensor "dense/bias" has shape [4], the plan says [3]; use the plan\'s shape',
  tensor: 'dense/bias',
  expected: '[3]',
  got: '[4]',
};

export const PLAN: TrainingPlan = {
  schema: 1,
  model: 'digits',
  tensors: [
    { name: 'dense/kernel', dtype: 'F32', shape: [2, 3], role: 'trained' },
    { name: 'dense/empty', dtype: 'F32', shape: [0, 3], role: 'trained' },
    { name: 'dense/bias', dtype: 'F32', shape: [3], role: 'trained' },
    { name: 'norm/mean', dtype: 'F32', shape: [], role: 'statistic' },
  ],
  architecture: { kind: 'dense' },
  training: { epochs: 1, batchSize: 10, learningRate: 0.05 },
  update: {
    encoding: 'f32',
    deltaBoundLog2: 4,
    statisticBoundLog2: 40,
    exampleCountCap: 16384,
    weighting: 'examples',
    cohortMax: 16384,
  },
  strategy: { name: 'fedavgm', options: { momentum: 0.9 } },
};

/** One value for each of the plan's 10 elements. */
export const FLAT: Float32Array<ArrayBuffer> = Float32Array.of(
  0.5,
  -1.25,
  3,
  0,
  -0,
  1e-30,
  7,
  8,
  9,
  -2.5,
);

export const PARTIAL_RECORD: PartialRecord = {
  schema: 1,
  arithmeticVersion: 2,
  fractionBits: 30,
  count: 2,
  weight: 300,
  bytes: 24,
  digest: SHA256,
  excluded: [{ device: OTHER_DEVICE, code: 'non-finite', element: 2 }],
};

/** Tensor `a` = [1, 2], whose 72 bytes are known from outside. */
export const TENSOR_A: SafetensorsContent<TensorData> = {
  tensors: [
    { name: 'a', dtype: 'F32', shape: [2], data: Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0x40) },
  ],
};

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A file of this header text, padded with spaces to a multiple of 8, and that many zero bytes of data. */
export function fileOf(header: string, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  return rawFileOf(padded, dataBytes);
}

/** As {@link fileOf}, for header bytes taken as they are. */
export function rawFileOf(header: Uint8Array, dataBytes = 0): Uint8Array {
  const file = new Uint8Array(8 + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}

/** The code a call fails with; fails itself when the call does not, or not with a code. */
export function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code;
    throw error;
  }
  throw new Error('Expected the call to fail, it returned');
}
