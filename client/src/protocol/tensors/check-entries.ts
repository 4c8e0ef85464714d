import type { TensorEntry } from '../safetensors/format.ts';
import { ELEMENT_BYTES, layOutModel, type PlanTensors, type TensorSpan } from './layout.ts';
import {
  isSameShape,
  missingTensor,
  unexpectedTensor,
  wrongDtype,
  wrongOrder,
  wrongShape,
} from './tensor-faults.ts';

/**
 * Checks that a file's header lists the plan's tensors, F32, of its shapes, with their data in its
 * order, and nothing else. Names come first: a tensor too many also moves those after it.
 *
 * @throws {@link ObjectInvalidError} `wrong-tensors`, `wrong-dtype` or `wrong-shape`, naming the tensor.
 */
export function checkEntries(plan: PlanTensors, entries: readonly TensorEntry[]): void {
  const spans = layOutModel(plan).tensors;
  const found = entriesByName(spans, entries);

  for (const span of spans) {
    const entry = found.get(span.name);
    if (entry === undefined) throw missingTensor({ ...span, expected: spans, found: found.keys() });
    if (entry.dtype !== 'F32') throw wrongDtype(entry.name, entry);
    if (!isSameShape(span.shape, entry.shape)) throw wrongShape(span, entry.shape);
    // Judged by offsets, because empty tensors share one and may be listed in any order.
    const expected = span.offset * ELEMENT_BYTES;
    if (entry.begin !== expected) throw wrongOrder(span.name, { expected, got: entry.begin });
  }
}

/** Checks names only: first that none is missing, then that none is too many. */
function entriesByName(
  spans: readonly TensorSpan[],
  entries: readonly TensorEntry[],
): ReadonlyMap<string, TensorEntry> {
  const found = new Map(entries.map((entry) => [entry.name, entry]));
  const missing = spans.find(({ name }) => !found.has(name));
  if (missing !== undefined) {
    throw missingTensor({ ...missing, expected: spans, found: found.keys() });
  }

  const expected = new Set(spans.map(({ name }) => name));
  const extra = entries.find(({ name }) => !expected.has(name));
  if (extra !== undefined) throw unexpectedTensor(extra.name);
  return found;
}
