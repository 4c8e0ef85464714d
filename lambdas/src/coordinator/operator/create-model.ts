import { isDeepStrictEqual } from 'node:util';
import {
  type CreateModelAnswer,
  type Operation,
  type PlanObject,
  RequestRefusedError,
  type VersionFile,
  versionFileKey,
} from '@tributary/client/protocol';
import { assertFitsMemory } from '../../planning/memory.ts';
import { ensureHead } from '../../records/advance-head.ts';
import type { Coordinator } from '../coordinator.ts';
import { checkPlan } from './check-plan.ts';
import { areWeightsThere } from './check-weights.ts';

export type CreateModel = Extract<Operation, { readonly operation: 'create-model' }>;

/** Hex digits of the SHA-256 in a file's name: requests with other weights don't meet at one key. */
const NAME_DIGITS = 16;

/**
 * Creates a model in two calls of the same request: the first answers a slot for the initial weights,
 * the second, once they are there, `created`. plan.json commits; whatever stopped after it is made good
 * by asking again.
 *
 * @throws {@link RequestRefusedError} `model-exists`, `model-exceeds-memory`, or as `checkPlan` and
 * `areWeightsThere`.
 */
export async function createModel(
  { records, urls, now, aggregatorMegabytes }: Coordinator,
  request: CreateModel,
): Promise<CreateModelAnswer> {
  const { plan, weights, requestId } = request;
  const existing = await records.plan(plan.model);
  if (existing === undefined) {
    checkPlan(plan, weights);
    assertFitsMemory(plan, aggregatorMegabytes);
    const file = weightsFile(request);
    if (!(await areWeightsThere(records.store, plan, file))) {
      const key = versionFileKey(plan.model, 0, file.name);
      return { schema: 1, kind: 'upload', slot: await urls.slot({ key, ...weights, now: now() }) };
    }
    const initial = { version: 0, files: [file] };
    const createdAt = now();
    const { value } = await records.writePlan({ schema: 1, requestId, createdAt, plan, initial });
    assertOwn(value, request);
  } else {
    assertOwn(existing, request);
  }
  await ensureHead(records, plan.model);
  return { schema: 1, kind: 'created', model: plan.model, version: 0 };
}

function weightsFile({ weights: { bytes, sha256 } }: CreateModel): VersionFile {
  return { name: `model-${sha256.slice(0, NAME_DIGITS)}.safetensors`, bytes, sha256 };
}

/** The same request may be repeated; it must not have become another one meanwhile. */
function assertOwn(there: PlanObject, request: CreateModel): void {
  const { model } = request.plan;
  if (there.requestId !== request.requestId) {
    throw new RequestRefusedError(
      `Model ${model} exists already, made by another request; use it, or choose another name`,
      { code: 'model-exists', detail: { model } },
    );
  }
  const isSame =
    isDeepStrictEqual(there.plan, request.plan) &&
    isDeepStrictEqual(there.initial.files, [weightsFile(request)]);
  if (isSame) return;
  throw new RequestRefusedError(
    `Request ${request.requestId} created model ${model} with another plan or other weights; choose a new requestId and a new name`,
    { code: 'request-id-reused', detail: { model } },
  );
}
