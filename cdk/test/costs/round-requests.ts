/** How many S3 requests a round makes: what "What a month costs" in the README is computed from. */

/** A round, as far as its requests depend on it. One group, one shard, at most 255 updates unsealed. */
export interface RoundShape {
  readonly devices: number;
  /** Bytes of the model's tensors in float32. */
  readonly modelBytes: number;
  /** Requests of each device for its outcome before its update is sealed. */
  readonly polls: number;
  /** Looks at the updates while the round collects: at most one for each update. */
  readonly looks: number;
}

/** Requests in S3's two price classes. */
export interface Requests {
  /** PUT and LIST. */
  readonly writes: number;
  /** GET and HEAD. */
  readonly reads: number;
}

/** A fold reads 4 MiB at a time. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Work that takes fewer milliseconds than this is not claimed. */
const CLAIMED_FROM_MS = 320;

/** What one small request, and what a millisecond of transfer, counts for in that. */
const REQUEST_MS = 10;
const BYTES_PER_MS = 25_000;

/** Requests of one device: the check-in and the slot each read head, result and close. */
function deviceRequests({ modelBytes, polls }: RoundShape): Requests {
  return {
    // The upload; at check-in and in each outcome before the seal a LIST that looks for it.
    writes: 1 + 1 + polls,
    // Check-in, slot, download; result and seal of each outcome; checksum, header and blocks.
    reads: 3 + 3 + 1 + 2 * polls + 2 + blocksOf(modelBytes),
  };
}

function blocksOf(modelBytes: number): number {
  return Math.max(1, Math.ceil(modelBytes / BLOCK_BYTES));
}

/** Reading the headers, the fold and the merge; each is claimed by a HEAD and a PUT where it takes long. */
function claimsOf({ devices, modelBytes }: RoundShape): number {
  const transferMs = (times: number) => Math.ceil((times * modelBytes) / BYTES_PER_MS);
  const headersMs = 2 * devices * REQUEST_MS;
  const foldMs = devices * REQUEST_MS + transferMs(devices);
  // The merge reads sums of 8 bytes for each 4 of the model, and the base; it writes the version.
  const mergeMs = REQUEST_MS + transferMs(4);
  return [headersMs, foldMs, mergeMs].filter((ms) => ms >= CLAIMED_FROM_MS).length;
}

/** Requests that a round makes once, where each function has one warm process; blocks of a sum aside. */
const ONCE: Requests = {
  // Round, close, seal, partial, version, result, head; a LIST before the seal and one after the fold.
  writes: 7 + 2,
  // Start, first check-in, the sweep's look, closing and sealing, fold, merge, publication, outcomes.
  reads: 6 + 1 + 3 + 4 + 2 + 7 + 5 + 2,
};

/** Requests of one look at the updates of a collecting round. */
const LOOK: Requests = { writes: 1, reads: 3 };

/** Requests of one sweep: it lists the models, then reads head, result and round of each. */
export const SWEEP = { writes: 1, readsOfModel: 3 } as const;

/** Requests of a whole round, without sweeps. */
export function roundRequests(shape: RoundShape): Requests {
  const { devices, looks, modelBytes } = shape;
  const device = deviceRequests(shape);
  const claims = claimsOf(shape);
  const sumReads = blocksOf(modelBytes);
  return {
    writes: devices * device.writes + looks * LOOK.writes + ONCE.writes + claims,
    reads: devices * device.reads + looks * LOOK.reads + ONCE.reads + sumReads + claims,
  };
}
