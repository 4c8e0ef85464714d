/**
 * Pieces of a response's body as they arrive; the whole at once where bodies are no streams, as in React
 * Native. Leaving the loop early cancels the rest.
 */
async function* piecesOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader?.();
  if (reader === undefined) {
    yield new Uint8Array(await response.arrayBuffer());
    return;
  }
  let isWhole = false;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      yield piece.value;
    }
    isWhole = true;
  } finally {
    if (!isWhole) await reader.cancel().catch(() => undefined);
  }
}

/**
 * Reads the first `bytesMax` bytes of a body; what follows is not read.
 *
 * @param onPiece - Called as each piece arrives. @default nobody is told
 * @returns At most `bytesMax` bytes.
 */
export async function readStart(
  response: Response,
  bytesMax: number,
  onPiece?: () => void,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(response)) {
    onPiece?.();
    const kept = piece.subarray(0, bytesMax - bytes);
    pieces.push(kept);
    bytes += kept.length;
    if (bytes >= bytesMax) break;
  }
  return concatenated(pieces, bytes);
}

/**
 * Reads a body into `target`, mutated; no second copy is made, weights are large.
 *
 * @param onBytes - Called with the bytes read so far, after each piece.
 * @returns Bytes read; `undefined` when the body is longer than `target`.
 */
export async function readInto(
  response: Response,
  target: Uint8Array,
  onBytes: (bytes: number) => void,
): Promise<number | undefined> {
  let bytes = 0;
  for await (const piece of piecesOf(response)) {
    if (bytes + piece.length > target.length) return undefined;
    target.set(piece, bytes);
    bytes += piece.length;
    onBytes(bytes);
  }
  return bytes;
}

function concatenated(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
