// A training script for `tributary device run`: fits a line to points that only this device has.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function train(weights, { training }, { dataDirectory, signal, onProgress }) {
  const points = JSON.parse(await readFile(join(dataDirectory, 'points.json'), 'utf8'));
  const slope = weights.slope.data;
  const intercept = weights.intercept.data;
  for (let epoch = 1; epoch <= training.epochs; epoch += 1) {
    signal.throwIfAborted();
    const { bySlope, byIntercept } = gradient(points, slope[0], intercept[0]);
    slope[0] -= training.learningRate * bySlope;
    intercept[0] -= training.learningRate * byIntercept;
    onProgress({ done: epoch, total: training.epochs, unit: 'epoch' });
  }
  const { loss } = gradient(points, slope[0], intercept[0]);
  return { weights, exampleCount: points.length, metrics: { loss } };
}

/** Mean squared error of the line, and half its derivatives. */
function gradient(points, slope, intercept) {
  const sums = { loss: 0, bySlope: 0, byIntercept: 0 };
  for (const [x, y] of points) {
    const error = slope * x + intercept - y;
    sums.loss += error ** 2 / points.length;
    sums.bySlope += (error * x) / points.length;
    sums.byIntercept += error / points.length;
  }
  return sums;
}
