/**
 * Compares two keys by their UTF-8 bytes, the order S3 lists in.
 *
 * JavaScript compares UTF-16 units, which differs only where a surrogate meets U+E000 … U+FFFF:
 * surrogates stand for code points above those.
 */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) {
      return utf8Rank(leftUnit) - utf8Rank(rightUnit);
    }
  }
  return left.length - right.length;
}

function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The keys of a bucket, always in listing order. */
export class SortedKeys {
  #keys: string[] = [];

  /** Takes over many keys at once, in any order. */
  static from(keys: Iterable<string>): SortedKeys {
    const sorted = new SortedKeys();
    sorted.#keys = [...keys].sort(compareKeys);
    return sorted;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** The key at a position; undefined beyond the last. */
  at(index: number): string | undefined {
    return this.#keys[index];
  }

  /** Adds a key that is not there yet. */
  add(key: string): void {
    this.#keys.splice(this.positionOf(key), 0, key);
  }

  /** Removes a key that is there. */
  remove(key: string): void {
    this.#keys.splice(this.positionOf(key), 1);
  }

  /** Position of the first key that is not below `key`. */
  positionOf(key: string): number {
    return this.firstWhere((candidate) => compareKeys(candidate, key) >= 0);
  }

  /**
   * Position of the first key that satisfies `isBeyond`, or `size`; `isBeyond` must be false for all
   * keys from `from` to that position and true for all after it.
   */
  firstWhere(isBeyond: (key: string) => boolean, from = 0): number {
    let low = from;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBeyond(this.#keys[middle] ?? '')) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
