/** The training step's gradients against central differences of the loss in float64. */
import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../../src/tfjs/batches.ts';
import { type CompiledModel, compileModel, gradientsOf } from '../../../src/tfjs/compiled-model.ts';
import { seededRandom, withMathRandom } from '../../../src/tfjs/random.ts';
import { freeRecurrentMasks } from '../../../src/tfjs/recurrent-masks.ts';
import { assertTrainable } from '../../../src/tfjs/trainability.ts';
import { uniform } from '../support/backends.ts';
import type { LayerProbe } from './layer-probe.ts';
import { Shift } from './shift.ts';

/** Half of the distance between the two losses; a power of two, so that weights move exactly. */
const STEP = 2 ** -7;
/** Elements tried of every weight. */
const ELEMENTS_MAX = 8;
const EXAMPLES = 2;
/** Above this share of a weight's largest slope, a bend counts as a kink. */
const BEND_MAX = 0.06;
/** A central difference is off by up to half of a bend. */
const ERROR_MAX = 0.04;
/** Of losses near 1, summed from float32 outputs and divided by STEP. */
const NOISE = 3e-5;

/** One element of one weight. */
export interface Comparison {
  readonly weight: string;
  readonly gradient: number;
  readonly difference: number;
  readonly error: number;
  /** Largest error that float32 and the step explain. */
  readonly tolerance: number;
}

/** What became of a probe. */
export interface Comparisons {
  readonly compared: readonly Comparison[];
  /** Elements next to a kink, where no difference is a gradient. */
  readonly kinks: number;
}

function modelOf({ shapes, layer, integersBelow }: LayerProbe): tf.LayersModel {
  const inputs = shapes.map((shape) => tf.input({ shape: [...shape] }));
  const shifted = inputs.map((x, i) =>
    integersBelow === undefined ? new Shift({ name: `shift_${i}` }).apply(x) : x,
  ) as tf.SymbolicTensor[];
  const outputs = layer.apply(shifted.length === 1 ? (shifted[0] as tf.SymbolicTensor) : shifted);
  const last = integersBelow === undefined ? outputs : new Shift({ name: 'last' }).apply(outputs);
  return tf.model({ inputs, outputs: last as tf.SymbolicTensor });
}

function batchOf(probe: LayerProbe, model: tf.LayersModel, seed: number): Batch {
  const xs = probe.shapes.map((shape, i) =>
    probe.integersBelow === undefined
      ? uniform([EXAMPLES, ...shape], seed + i)
      : tf.randomUniform([EXAMPLES, ...shape], 0, probe.integersBelow, 'int32', seed + i),
  );
  return { xs, ys: [uniform(outputShape(model, xs), seed + 7)], size: EXAMPLES };
}

/** What the model makes; what it says it makes, where it can't, or leaves a size open. */
function outputShape(model: tf.LayersModel, xs: readonly tf.Tensor[]): number[] {
  try {
    return tf.tidy(() => forward(model, xs).shape);
  } catch {
    return [
      EXAMPLES,
      ...(model.outputs[0]?.shape ?? []).slice(1).map((size) => Math.max(1, size ?? 1)),
    ];
  }
}

/** Every random layer draws the same at every call. */
function repeatably<T>(compute: () => T): T {
  return withMathRandom(seededRandom(3), compute);
}

function forward(model: tf.LayersModel, xs: readonly tf.Tensor[]): tf.Tensor {
  return repeatably(() => model.apply([...xs], { training: true }) as tf.Tensor);
}

/** Mean squared error with penalties, summed in float64. */
function lossAt({ view }: CompiledModel, { xs, ys }: Batch): number {
  return tf.tidy(() => {
    const y = forward(view, xs).dataSync();
    const target = ys[0]?.dataSync() ?? [];
    let sum = 0;
    for (const [i, value] of y.entries()) sum += (value - (target[i] ?? 0)) ** 2;
    const penalties = view.calculateLosses().map((penalty) => penalty.dataSync()[0] ?? 0);
    return sum / y.length + penalties.reduce((total, penalty) => total + penalty, 0);
  });
}

/** Loss at three places of one element: before, at and after it. */
function lossesAround(
  weight: tf.LayerVariable,
  index: number,
  loss: () => number,
): [number, number, number] {
  const original = weight.read().dataSync().slice() as Float32Array;
  const shape = weight.read().shape;
  const at = (offset: number): number => {
    const moved = original.slice();
    moved[index] = (moved[index] ?? 0) + offset;
    tf.tidy(() => {
      weight.write(tf.tensor(moved, shape));
    });
    return loss();
  };
  return [at(-STEP), at(STEP), at(0)];
}

function indices(size: number): number[] {
  const stride = Math.max(1, Math.floor(size / ELEMENTS_MAX));
  return Array.from({ length: size }, (_, i) => i).filter((i) => i % stride === 0);
}

/** One-sided and central differences of one element. */
interface Slopes {
  readonly index: number;
  readonly central: number;
  /** How far the one-sided ones are apart: STEP times the second derivative, unless there is a kink. */
  readonly bend: number;
}

function slopesAt(weight: tf.LayerVariable, index: number, loss: () => number): Slopes {
  const [before, after, middle] = lossesAround(weight, index, loss);
  const central = (after - before) / (2 * STEP);
  return { index, central, bend: Math.abs(after - 2 * middle + before) / STEP };
}

function compareWeight(
  weight: tf.LayerVariable,
  gradient: ArrayLike<number>,
  loss: () => number,
): Comparisons {
  const slopes = indices(weight.read().size).map((index) => slopesAt(weight, index, loss));
  const scale = Math.max(0, ...slopes.map(({ central }) => Math.abs(central)));
  const smooth = slopes.filter(({ bend }) => bend <= BEND_MAX * scale + NOISE);
  const compared = smooth.map(({ index, central }) => ({
    weight: weight.originalName,
    gradient: gradient[index] ?? Number.NaN,
    difference: central,
    error: Math.abs((gradient[index] ?? Number.NaN) - central),
    tolerance: ERROR_MAX * scale + NOISE,
  }));
  return { compared, kinks: slopes.length - smooth.length };
}

/** Numbers that no initialiser gives: biases other than 0, scales other than 1. */
function scatter(model: tf.LayersModel, seed: number): void {
  tf.tidy(() => {
    for (const [i, weight] of model.trainableWeights.entries())
      weight.write(tf.add(weight.read(), tf.mul(uniform(weight.read().shape, seed + i), 0.3)));
  });
}

/**
 * Differentiates a probe's loss by every trainable weight, the one that stands for its input included.
 *
 * @throws What training throws before its first step, when the layer is refused.
 */
export function compareGradients(probe: LayerProbe, seed: number): Comparisons {
  const model = modelOf(probe);
  scatter(model, seed);
  const compiled = compileModel(model, { loss: 'meanSquaredError', metrics: [] });
  const batch = batchOf(probe, model, seed);
  try {
    repeatably(() => assertTrainable(compiled, batch));
    const { gradients, scores } = repeatably(() => gradientsOf(compiled, batch));
    const results = compiled.view.trainableWeights.map((weight) => {
      const gradient = gradients[(weight.read() as tf.Variable).name]?.dataSync() ?? [];
      return compareWeight(weight, gradient, () => lossAt(compiled, batch));
    });
    tf.dispose([gradients, [...scores]]);
    return {
      compared: results.flatMap(({ compared }) => compared),
      kinks: results.reduce((sum, { kinks }) => sum + kinks, 0),
    };
  } finally {
    freeRecurrentMasks(model.layers);
    tf.dispose([[...batch.xs], [...batch.ys]]);
    model.dispose();
  }
}
