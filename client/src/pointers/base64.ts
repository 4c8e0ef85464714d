/** Bytes that are turned into text at once, so that arguments fit on the stack; divisible by 3. */
const STEP = 24_576;

/** Base64 with padding, in a browser as in Node. */
export function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let begin = 0; begin < bytes.length; begin += STEP) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(begin, begin + STEP))));
  }
  return parts.join('');
}

/** Inverse of {@link base64Of}. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
