/**
 * Products of integers. The cpu backend computes them as float64 numbers, which hold 53 bits, and cuts
 * them down to 32: what a longer product would wrap to is lost.
 */
import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import { refuse } from '../../shapes/refuse.ts';
import type { TensorMaker } from './truth-sums.ts';

/** Kernels whose result is linear in each of two inputs. */
const BILINEAR: Readonly<Record<string, readonly [string, string]>> = {
  BatchMatMul: ['a', 'b'],
  Conv3D: ['x', 'filter'],
  Multiply: ['a', 'b'],
};

/** Kernels whose results grow beyond 53 bits, or below 1. */
const GROWING: ReadonlySet<string> = new Set(['Cumprod', 'Pow', 'Prod', 'SquaredDifference']);

/** Above it, not every integer is a float64 number. */
const EXACT_MAX: number = 2 ** 53;

/** Most products that are added up for one element. */
const TERMS_MAX: number = 2 ** 21;

type Inputs = NamedTensorInfoMap;
type Run = (inputs: Inputs) => TensorInfo | TensorInfo[];

interface Call {
  readonly kernel: string;
  readonly inputs: Inputs;
}

/**
 * Runs a kernel; products of int32 tensors wrap at 32 bits however long they are.
 *
 * @param run - Computes the kernel on inputs.
 * @throws {@link CommandError} `values-invalid` for a power, or a product of many, that no int32 tensor holds.
 */
export function runProducts(
  backend: TensorMaker,
  { kernel, inputs }: Call,
  run: Run,
): TensorInfo | TensorInfo[] {
  const given = Object.values(inputs).filter((info) => info != null);
  if (given.some(({ dtype }) => dtype !== 'int32')) return run(inputs);
  const valuesOf = ({ dataId }: TensorInfo) => backend.data.get(dataId).values ?? [];

  if (kernel === 'Square') {
    const { shape } = inputs['x'] as TensorInfo;
    const squares = Int32Array.from(valuesOf(inputs['x'] as TensorInfo), (x) => Math.imul(x, x));
    return backend.makeTensorInfo([...shape], 'int32', squares);
  }
  if (GROWING.has(kernel)) checkGrowth(backend, { kernel, inputs }, run);
  const names = BILINEAR[kernel];
  const isLong = names?.map((name) => largest(valuesOf(inputs[name] as TensorInfo)));
  if (names === undefined || isLong === undefined) return run(inputs);
  const [first = 0, second = 0] = isLong;
  return first * second * TERMS_MAX > EXACT_MAX
    ? productOfHalves(backend, { inputs, names }, run)
    : run(inputs);
}

function largest(values: ArrayLike<number>): number {
  let max = 0;
  for (let index = 0; index < values.length; index += 1) {
    max = Math.max(max, Math.abs(values[index] ?? 0));
  }
  return max;
}

/** Computes the same on float32 numbers, which show what int32 ones can't hold. */
function checkGrowth(backend: TensorMaker, { kernel, inputs }: Call, run: Run): void {
  const floats = Object.keys(inputs).map((name) => {
    const info = inputs[name] as TensorInfo;
    const values = Float32Array.from(backend.data.get(info.dataId).values ?? []);
    return [name, backend.makeTensorInfo(info.shape, 'float32', values)] as const;
  });
  const made = [run(Object.fromEntries(floats))].flat();
  const values = Array.from(backend.data.get((made[0] as TensorInfo).dataId).values ?? []);
  for (const info of [...made, ...floats.map(([, info]) => info)]) {
    backend.disposeIntermediateTensorInfo(info);
  }
  if (values.every((value) => Number.isInteger(value) && Math.abs(value) <= EXACT_MAX)) return;
  refuse(
    'values-invalid',
    `${kernel} got int32 numbers whose result is a fraction or above 2^53, expected integers; cast them to float32 first`,
  );
}

/** (a₁·2¹⁶ + a₀)·(b₁·2¹⁶ + b₀) without what is a multiple of 2³². */
function productOfHalves(
  backend: TensorMaker,
  { inputs, names }: { readonly inputs: Inputs; readonly names: readonly [string, string] },
  run: Run,
): TensorInfo {
  const halves = names.map((name) => {
    const { shape, dataId } = inputs[name] as TensorInfo;
    const values = Int32Array.from(backend.data.get(dataId).values ?? []);
    const half = (of: (value: number) => number) =>
      backend.makeTensorInfo([...shape], 'int32', values.map(of));
    return { low: half((value) => value & 0xffff), high: half((value) => value >> 16) };
  });
  const [a, b] = halves as [(typeof halves)[number], (typeof halves)[number]];
  const product = (first: TensorInfo, second: TensorInfo): TensorInfo =>
    run({ ...inputs, [names[0]]: first, [names[1]]: second }) as TensorInfo;
  const parts = [product(a.low, b.low), product(a.low, b.high), product(a.high, b.low)];

  const [low = [], middle = [], other = []] = parts.map(
    ({ dataId }) => backend.data.get(dataId).values ?? [],
  );
  const sums = Int32Array.from(
    low,
    (value, at) => value + (((middle[at] ?? 0) + (other[at] ?? 0)) << 16),
  );
  const { shape } = parts[0] as TensorInfo;
  for (const info of [...parts, a.low, a.high, b.low, b.high]) {
    backend.disposeIntermediateTensorInfo(info);
  }
  return backend.makeTensorInfo([...shape], 'int32', sums);
}
