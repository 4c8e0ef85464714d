import {
  assertPlanBytes,
  layOutModel,
  layOutUpdate,
  MODEL_ELEMENTS_MAX,
  OBJECT_BYTES_MAX,
  RESOLUTION_BITS_MIN,
  RequestRefusedError,
  type TrainingPlan,
  versionBytesMax,
} from '@tributary/client/protocol';
import { fractionBitsFor } from '../../aggregation/fixed-point.ts';
import { memberWeightMax } from '../../planning/new-round.ts';
import { statisticCount } from '../../planning/statistics.ts';
import { chooseStrategy } from '../../strategies/index.ts';
import { refusing } from '../request-json.ts';

/** Bytes of an F32 element. */
const ELEMENT_BYTES = 4;

/** A safetensors file's length and its shortest header, `{}`. */
const FILE_OVERHEAD_BYTES_MIN = 10;

export interface StatedWeights {
  readonly bytes: number;
}

/**
 * Refuses a plan whose rounds could not work, before anything is stored: what is in a plan stays.
 *
 * @throws {@link RequestRefusedError} `plan-too-large`, `strategy-…`, `model-empty`, `model-frozen`,
 * `model-too-large`, `resolution-too-coarse`, `weights-size`, `bad-shape`, `size-overflow`.
 */
export function checkPlan(plan: TrainingPlan, weights: StatedWeights): void {
  refusing(() => assertPlanBytes(plan));
  chooseStrategy(plan.strategy);
  checkElements(plan);
  checkResolution(plan);
  checkWeights(plan, weights);
}

function checkElements(plan: TrainingPlan): void {
  const { elementCount } = refusing(() => layOutModel(plan));
  if (elementCount === 0) {
    throw new RequestRefusedError(
      `Model ${plan.model} has no elements; give at least one tensor a shape without 0`,
      { code: 'model-empty' },
    );
  }
  const sentCount = layOutUpdate(plan).elementCount;
  if (sentCount === 0) {
    throw new RequestRefusedError(
      `Model ${plan.model} has ${elementCount} elements and all are frozen, expected at least one that rounds can change; give a tensor the role trained or statistic (in TensorFlow.js trainable = true of its layer)`,
      { code: 'model-frozen', detail: { elementCount } },
    );
  }
  const sumCount = sentCount + statisticCount(plan);
  const isTooLarge = Math.max(elementCount, sumCount) > MODEL_ELEMENTS_MAX;
  if (isTooLarge || versionBytesMax(plan) >= OBJECT_BYTES_MAX) {
    throw new RequestRefusedError(
      `Model ${plan.model} has ${elementCount} elements and takes ${sumCount} sums, expected at most ${MODEL_ELEMENTS_MAX} of each; train fewer tensors (an adapter, the last layers)`,
      { code: 'model-too-large', detail: { elementCount, elementCountMax: MODEL_ELEMENTS_MAX } },
    );
  }
}

/** Sums are integers: the largest round of a plan must still resolve its deltas finely enough. */
function checkResolution(plan: TrainingPlan): void {
  const { deltaBoundLog2, cohortMax } = plan.update;
  const weightMax = memberWeightMax(plan);
  const bits =
    fractionBitsFor({ deltaBoundLog2, weightMax, membersMax: cohortMax }) + deltaBoundLog2;
  if (bits >= RESOLUTION_BITS_MIN) return;
  throw new RequestRefusedError(
    `With cohortMax ${cohortMax} and member weights up to ${weightMax} sums resolve ${bits} bits below the delta bound, at least ${RESOLUTION_BITS_MIN} are needed; lower exampleCountCap or cohortMax, or weight uniformly`,
    { code: 'resolution-too-coarse', detail: { bits, bitsMin: RESOLUTION_BITS_MIN } },
  );
}

function checkWeights(plan: TrainingPlan, { bytes }: StatedWeights): void {
  const bytesMin = layOutModel(plan).elementCount * ELEMENT_BYTES + FILE_OVERHEAD_BYTES_MIN;
  const bytesMax = versionBytesMax(plan);
  if (bytes >= bytesMin && bytes <= bytesMax) return;
  throw new RequestRefusedError(
    `Weights have ${bytes} bytes, a safetensors file of the plan's tensors has ${bytesMin} to ${bytesMax}; send the file of exactly these tensors`,
    { code: 'weights-size', detail: { bytes, bytesMin, bytesMax } },
  );
}
