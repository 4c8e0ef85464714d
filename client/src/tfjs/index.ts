/** TensorFlow.js models in a federation: engine, local training, evaluation and export. */

export { architectureOf, modelFromArchitecture } from './architecture.ts';
export {
  type EngineBackend,
  type EngineOptions,
  type EngineReport,
  prepareEngine,
} from './engine.ts';
export { TrainingFailedError, type TrainingFailure } from './errors.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.ts';
export { exportTfjs, type TfjsFiles } from './export-tfjs.ts';
export type { DatasetData, LocalData, TensorData } from './local-data.ts';
export type { ModelSource } from './model-source.ts';
export { mixSeeds, type Random, seededRandom, shuffledIndices } from './random.ts';
export {
  type OptimizerSettings,
  parseTrainingSettings,
  type TrainingSettings,
} from './settings.ts';
export { type TrainerOptions, trainerFor } from './trainer.ts';
export type { BatchProgress, Trainer, TrainOutcome } from './types.ts';
export { layoutOf, loadWeights, weightsOf } from './weights.ts';
