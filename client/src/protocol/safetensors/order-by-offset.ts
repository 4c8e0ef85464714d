/** Tensors against the data section: every byte belongs to exactly one. */
import { ObjectInvalidError } from '../errors.ts';
import { quote } from '../strict-json.ts';
import type { TensorEntry } from './format.ts';

/**
 * Sorts entries by their data and checks that they cover the data section, once each. Empty tensors
 * take nothing, so several may stand at one offset.
 *
 * @param entries - Each with `begin` ≤ `end`; not mutated.
 * @param dataBytes - Length of the data section.
 * @throws {@link ObjectInvalidError} `bad-offsets` for a gap or an overlap, `data-truncated`, `trailing-bytes`.
 */
export function orderByOffset(
  entries: readonly TensorEntry[],
  dataBytes: number,
): readonly TensorEntry[] {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of ordered) {
    if (begin !== covered) {
      throw new ObjectInvalidError(
        `Tensor ${quote(name)} begins at ${begin}, the one before it ends at ${covered}; write tensors without gap or overlap`,
        { code: 'bad-offsets' },
      );
    }
    covered = end;
  }
  if (covered > dataBytes) {
    throw new ObjectInvalidError(
      `Data section has ${dataBytes} bytes, the header describes ${covered}; send the whole file`,
      { code: 'data-truncated' },
    );
  }
  if (covered < dataBytes) {
    throw new ObjectInvalidError(
      `Data section has ${dataBytes} bytes, the header describes only ${covered}; describe or remove the rest`,
      { code: 'trailing-bytes' },
    );
  }
  return ordered;
}
