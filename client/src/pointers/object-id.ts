/** Bytes of an object's id: enough that nobody ever draws one twice. */
const OBJECT_ID_BYTES = 16;

/** Bits of an id that are printed; 36 give a number of up to eleven digits. */
const PRINTED_BITS = 36n;

/** Draws an id that no object has had: 128 random bits, base64url. */
export function drawObjectId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(OBJECT_ID_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The short number that stands for an id in printed pointers. */
export function printedId(id: string): string {
  const base64 = id.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Array.from(atob(base64), (character) => BigInt(character.charCodeAt(0)));
  const value = bytes.reduce((number, byte) => (number << 8n) | byte, 0n);
  return String(value >> (BigInt(OBJECT_ID_BYTES * 8) - PRINTED_BITS));
}
