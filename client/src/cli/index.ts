/** What a training script for `tributary device run` is given, as types. */

export { EXIT_CODES, type ExitCode } from './exit-codes.ts';
export type { ScriptContext, ScriptTrain, TrainFactory } from './train-script.ts';
