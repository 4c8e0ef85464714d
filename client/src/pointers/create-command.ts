import {
  encodeAttributes,
  encodeBase64,
  type TributaryError,
  type WireCommand,
} from '../protocol/index.ts';
import { plainCommand } from './plain-command.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { RemoteObject } from './remote-object.ts';
import type { WorkerTransport } from './transport.ts';

/** A tensor on its way to a worker. */
export interface TensorContent {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Elements in row-major order, little-endian; nobody writes to it any more. */
  readonly bytes: Uint8Array;
}

/** Bytes of a command for the name of its data, or of their upload. */
const DATA_FRAME_BYTES = 128;

/** Times that data are uploaded again which storage acknowledged and does not have. */
const UPLOADS_AGAIN_MAX = 3;

/** A command that stores a tensor; data too large for a batch go ahead of it. */
export function createCommand(
  object: RemoteObject,
  { bytes, ...form }: TensorContent,
  attributes: Readonly<Record<string, unknown>>,
): QueuedCommand {
  const { transport } = object.queue;
  const isInline = bytes.length <= transport.inlineBytesMax;
  let uploaded: Promise<string> | undefined;
  const dataOf = async (through: WorkerTransport) => {
    if (isInline) return { data: encodeBase64(bytes) };
    uploaded ??= through.upload(bytes).catch((error: unknown) => {
      uploaded = undefined;
      throw error;
    });
    return { upload: await uploaded };
  };
  let uploadsAgain = 0;
  const repeats = ({ code }: TributaryError): boolean => {
    if (code !== 'upload-not-found' || uploadsAgain === UPLOADS_AGAIN_MAX) return false;
    uploadsAgain += 1;
    uploaded = undefined;
    return true;
  };
  const results = [object.id];
  // Encoded now: what the caller changes later must change nothing of what travels.
  const encoded = encodeAttributes({ ...form, ...attributes });
  const { bytes: plainBytes } = plainCommand('$create', [], encoded, results);
  return {
    inputs: [],
    outputs: [object],
    storesResults: true,
    bytes: plainBytes + DATA_FRAME_BYTES + (isInline ? Math.ceil((bytes.length * 4) / 3) : 0),
    wire: async (through): Promise<WireCommand> => [
      '$create',
      [],
      { ...encoded, ...(await dataOf(through)) },
      results,
    ],
    repeats: isInline ? undefined : repeats,
  };
}
