import {
  layOutModel,
  layOutUpdate,
  RequestRefusedError,
  type TrainingPlan,
} from '@tributary/client/protocol';
import { chooseStrategy } from '../strategies/index.ts';
import { statisticCount } from './statistics.ts';

const MEBIBYTE: number = 1024 * 1024;

/** What Node, the SDK and the code take before they hold a number, in bytes. */
const PROCESS_BYTES: number = 128 * MEBIBYTE;

/** Bytes a block of an update has at most; a fold holds this many of them and as many more on their way. */
const UPDATE_BLOCK_BYTES_MAX: number = 4 * MEBIBYTE;
const UPDATE_BLOCKS = 32;

/** Blocks a fold holds once more where they have statistics, as many as it folds in one pass. */
const STATISTIC_BLOCKS = 4;

/** A fold holds an update element's sum, and once more in the partial's file and in the request that sends it; 21 measured without. */
const FOLD_ELEMENT_BYTES = 24;

/** A merge holds an update element's sum (8 bytes) and mean (4). */
const MERGE_UPDATE_ELEMENT_BYTES = 12;

/**
 * A merge holds an element's weight (4 bytes) beside that, frozen or not; the next version adds its
 * tensors (4), its file (4) and the request that sends it (4), and 4 are garbage still. Measured without
 * the request: 28 with sum and mean.
 */
const MERGE_MODEL_ELEMENT_BYTES = 20;

/** For each element of an update and array of state: its values, the file it was read from, the file it is written to; 21 measured. */
const MERGE_STATE_BYTES = 24;

/** A statistic's second sum in a merge. */
const MERGE_STATISTIC_BYTES = 8;

/** Memory of the aggregator, and what a model would need of it. */
export interface MemoryNeed {
  readonly elementCount: number;
  /** In MB of 2^20 bytes, as Lambda counts. */
  readonly neededMegabytes: number;
}

/** The least memory in which every step of a plan's rounds has room. */
export function memoryNeed(plan: TrainingPlan): MemoryNeed {
  const { elementCount } = layOutModel(plan);
  const sentCount = layOutUpdate(plan).elementCount;
  const { strategy } = chooseStrategy(plan.strategy);
  const statistics = statisticCount(plan);
  const blockCount = UPDATE_BLOCKS + (statistics === 0 ? 0 : STATISTIC_BLOCKS);
  const blocks = blockCount * Math.min(UPDATE_BLOCK_BYTES_MAX, sentCount * 4);
  const fold = blocks + (sentCount + statistics) * FOLD_ELEMENT_BYTES;
  const merge =
    elementCount * MERGE_MODEL_ELEMENT_BYTES +
    sentCount * (MERGE_UPDATE_ELEMENT_BYTES + MERGE_STATE_BYTES * strategy.stateNames.length) +
    statistics * MERGE_STATISTIC_BYTES;
  const neededMegabytes = Math.ceil((PROCESS_BYTES + Math.max(fold, merge)) / MEBIBYTE);
  return { elementCount, neededMegabytes };
}

/**
 * Refuses a model that the aggregator could not fold or merge, before devices train for it in vain.
 *
 * @param memoryMegabytes - Of the aggregator, in MB.
 * @throws {@link RequestRefusedError} `model-exceeds-memory`.
 */
export function assertFitsMemory(plan: TrainingPlan, memoryMegabytes: number): void {
  const { elementCount, neededMegabytes } = memoryNeed(plan);
  if (neededMegabytes <= memoryMegabytes) return;
  throw new RequestRefusedError(
    `Model ${plan.model} has ${elementCount} elements, whose rounds with strategy ${plan.strategy.name} need ${neededMegabytes} MB, and the aggregator has ${memoryMegabytes} MB; give it more memory and deploy again, or train fewer tensors`,
    { code: 'model-exceeds-memory', detail: { elementCount, neededMegabytes, memoryMegabytes } },
  );
}
