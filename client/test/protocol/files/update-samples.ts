/** A valid update, and ways to spoil it. */
import {
  checkUpdateHeader,
  decodeSafetensors,
  encodeSafetensors,
  encodeUpdate,
  type TensorData,
  type UpdateContent,
  type UpdateHeaderOutcome,
  unflattenTensors,
} from '@tributary/client/protocol';
import { DEVICE, FLAT, PLAN } from '../samples.ts';

export const CONTENT: UpdateContent = {
  plan: PLAN,
  baseVersion: 2,
  device: DEVICE,
  exampleCount: 120,
  metrics: { loss: 0.25, accuracy: 1 },
  delta: unflattenTensors(PLAN, FLAT),
};

/** The valid update with other metadata; `undefined` removes a key. */
export function withMetadata(changes: Readonly<Record<string, string | undefined>>): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(encodeUpdate(CONTENT));
  const members = Object.entries({ ...metadata, ...changes });
  return encodeSafetensors({
    tensors,
    metadata: Object.fromEntries(
      members.filter((member): member is [string, string] => member[1] !== undefined),
    ),
  });
}

/** The valid update with other tensors. */
export function withTensors(
  change: (tensors: readonly TensorData[]) => readonly TensorData[],
): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(encodeUpdate(CONTENT));
  return encodeSafetensors({ tensors: change(tensors), metadata });
}

/** The outcome for a file stored under the valid update's key in its round. */
export function outcomeOf(file: Uint8Array, fileBytes: number = file.length): UpdateHeaderOutcome {
  return checkUpdateHeader(file, { plan: PLAN, baseVersion: 2, device: DEVICE, fileBytes });
}
