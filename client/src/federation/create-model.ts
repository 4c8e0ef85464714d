import type { OperationContext } from '../device/progress.ts';
import { SlotLease } from '../device/slot-lease.ts';
import { uploadBytes } from '../device/upload.ts';
import {
  type CreateModelAnswer,
  InvocationFailedError,
  type Operation,
  type Slot,
  sha256Hex,
} from '../protocol/index.ts';
import { createModelAnswerSchema } from './answers.ts';
import { buildPlan } from './build-plan.ts';
import { encodeInitialWeights } from './initial-weights.ts';
import { rolesByArchitecture, withRoles } from './known-roles.ts';
import type { ModelInput } from './model-input.ts';
import type { OperatorClient } from './operator-client.ts';

/** Uploads of the same bytes while the coordinator does not find them. */
const UPLOADS_MAX = 3;

/** A created model. */
export interface CreatedModel {
  readonly model: string;
  readonly version: 0;
}

/**
 * Creates a model: asks for leave to upload its first weights, uploads them, and asks again, upon which
 * the coordinator commits. Every step may be repeated under the same request id.
 *
 * @throws What building the plan, asking and uploading throw; {@link InvocationFailedError}
 * `weights-not-found` when the uploaded weights are not seen.
 */
export async function createModel(
  input: ModelInput & { readonly requestId?: string | undefined },
  operator: OperatorClient,
  context: OperationContext,
): Promise<CreatedModel> {
  const built = buildPlan(input);
  const { model, requestId = crypto.randomUUID() } = input;
  // Encoded before anything is awaited: the caller may go on with its arrays.
  const bytes = encodeInitialWeights(built, input.weights);
  const plan = withRoles(built, await rolesByArchitecture(built, input));
  const weights = { bytes: bytes.length, sha256: await sha256Hex(bytes) };
  const operation: Operation = { schema: 1, operation: 'create-model', requestId, plan, weights };
  const ask = () => operator.ask(operation, createModelAnswerSchema, context);
  const what = `the upload of the first weights of model ${model}`;
  for (let uploads = 0; ; uploads += 1) {
    const answer = await ask();
    if (answer.kind === 'created') return { model, version: 0 };
    if (uploads === UPLOADS_MAX) throw weightsNotFound(model, requestId);
    const source = {
      what,
      ask: async () => slotOf(await ask(), answer.slot),
      first: answer.slot,
    };
    const lease = new SlotLease(source, context.environment);
    await uploadBytes({ what, bytes, lease }, context);
  }
}

/** An upload that was acknowledged and is not there was acknowledged by something in between. */
function weightsNotFound(model: string, requestId: string): InvocationFailedError {
  return new InvocationFailedError(
    `First weights of model ${model} were uploaded ${UPLOADS_MAX} times, but the coordinator does not find them; check what is between this program and storage, such as a proxy, and try again with requestId ${JSON.stringify(requestId)}`,
    { code: 'weights-not-found', detail: { requestId } },
  );
}

/** The weights arrived after all when the answer is `created`: the old slot then tells so. */
function slotOf(answer: CreateModelAnswer, slot: Slot): Slot {
  return answer.kind === 'upload' ? answer.slot : slot;
}
