/** A model with loss and metrics, one synchronous step at a time. */
import * as tf from '@tensorflow/tfjs';
import { reasonOf } from '../protocol/without-values.ts';
import { freeAbandonedTape } from './abandoned-tape.ts';
import type { Batch } from './batches.ts';
import { type ModelPorts, portsOf } from './dataset-elements.ts';
import { trainingFailed } from './errors.ts';
import { frozenNormalizations, withInference } from './frozen-normalization.ts';
import { registerKernels } from './kernels/index.ts';
import { lossOrMetricHint } from './setting-hints.ts';
import type { TrainingSettings } from './settings.ts';
import { trainedVariables } from './weight-roles.ts';

type Scored = Pick<TrainingSettings, 'loss' | 'metrics'>;

/** Loss and metrics of one batch, by name. */
export type Scores = Readonly<Record<string, number>>;

/** Built from a model without touching how its owner compiled it. */
export interface CompiledModel {
  readonly view: tf.LayersModel;
  /** `loss` first, then metrics in the settings' order. */
  readonly scoreNames: readonly string[];
  /** Weights that training changes: none of a frozen layer. */
  readonly trained: readonly tf.LayerVariable[];
  /** Names and shapes of inputs and outputs. */
  readonly ports: ModelPorts;
  /** Batch normalisations that are frozen. */
  readonly frozenNormalizations: readonly tf.layers.Layer[];
}

const FULL_NAMES: Readonly<Record<string, string>> = { acc: 'accuracy', ce: 'crossentropy' };

/** tfjs shortens names and repeats them for models with several outputs. */
function uniqueNames(names: readonly string[]): string[] {
  const full = names.map((name) => FULL_NAMES[name] ?? name);
  return full.map((name, i) => {
    const earlier = full.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name}_${earlier + 1}`;
  });
}

/**
 * A functional view of `model`, sharing its layers and weights, compiled for `scored`.
 *
 * @throws {@link TrainingFailedError} `training-settings-invalid` when tfjs knows no such loss or metric.
 */
export function compileModel(model: tf.LayersModel, scored: Scored): CompiledModel {
  // A program that never called prepareEngine computes with the kernels of tfjs until here.
  registerKernels(tf.getBackend());
  const view = tf.model({ inputs: model.inputs, outputs: model.outputs });
  try {
    view.compile({
      optimizer: UNUSED_OPTIMIZER,
      loss: typeof scored.loss === 'string' ? scored.loss : [...scored.loss],
      metrics: [...scored.metrics],
    });
  } catch (error) {
    const reason = reasonOf(error);
    const remedy = lossOrMetricHint(reason) || 'correct the plan';
    const message = `Plan's loss and metrics don't fit the model: ${reason}; ${remedy}`;
    throw trainingFailed('training-settings-invalid', message, error);
  }
  return {
    view,
    scoreNames: uniqueNames(view.metricsNames),
    trained: trainedVariables(model),
    frozenNormalizations: frozenNormalizations(model),
    ports: portsOf(view),
  };
}

/** `compile` wants an optimizer; steps are taken outside of it. */
class UnusedOptimizer extends tf.Optimizer {
  getConfig(): tf.serialization.ConfigDict {
    return {};
  }

  applyGradients(): void {
    throw new Error('Steps are taken by trainStep');
  }
}

const UNUSED_OPTIMIZER: tf.Optimizer = new UnusedOptimizer();

function forward(view: tf.LayersModel, batch: Batch, training: boolean): tf.Tensor[] {
  const outputs = view.apply([...batch.xs], { training }) as tf.Tensor | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** Loss with penalties, then the metrics, as scalars. */
export function scoreBatch(view: tf.LayersModel, batch: Batch, training: boolean): tf.Scalar[] {
  const outputs = forward(view, batch, training);
  const scoreOf = (score: (typeof view.lossFunctions)[number], i: number): tf.Scalar => {
    const [target, output] = [batch.ys[i], outputs[i]];
    if (target === undefined || output === undefined) throw missingTarget(batch, outputs.length);
    return tf.mean(score(target, output));
  };
  const losses = view.lossFunctions.map(scoreOf);
  const loss = tf.addN([...losses, ...view.calculateLosses()]) as tf.Scalar;
  return [loss, ...view.metricsTensors.map(([metric, i]) => scoreOf(metric, i))];
}

function missingTarget(batch: Batch, outputs: number): Error {
  const message = `Training data has ${batch.ys.length} targets, expected one for each of ${outputs} outputs; give ys as an array`;
  return trainingFailed('training-data-invalid', message);
}

/** Gradients of the loss by variable name, and the scores; the caller frees them. */
export function gradientsOf(
  compiled: CompiledModel,
  batch: Batch,
): { readonly gradients: tf.NamedTensorMap; readonly scores: readonly tf.Scalar[] } {
  const { view, trained, frozenNormalizations: frozen } = compiled;
  const variables = trained.map((weight) => weight.read() as tf.Variable);
  const scores: tf.Scalar[] = [];
  try {
    const { grads } = tf.variableGrads(() => {
      const [loss, ...metrics] = withInference(frozen, () => scoreBatch(view, batch, true)) as [
        tf.Scalar,
        ...tf.Scalar[],
      ];
      scores.push(loss, ...metrics.map((metric) => tf.keep(metric)));
      return loss;
    }, variables);
    return { gradients: grads, scores };
  } catch (error) {
    freeAbandonedTape();
    tf.dispose(scores);
    throw error;
  }
}

/** Reads scalars into a record. */
export function readScores(compiled: CompiledModel, scores: readonly tf.Scalar[]): Scores {
  return Object.fromEntries(
    compiled.scoreNames.map((name, i) => [name, scores[i]?.dataSync()[0] ?? Number.NaN]),
  );
}

/** One step of gradient descent in place; returns the scores from before it. */
export function trainStep(compiled: CompiledModel, batch: Batch, optimizer: tf.Optimizer): Scores {
  const { gradients, scores } = gradientsOf(compiled, batch);
  try {
    optimizer.applyGradients(gradients);
    return readScores(compiled, scores);
  } finally {
    tf.dispose([gradients, [...scores]]);
  }
}
