import type { TensorEntry } from '../safetensors/format.ts';
import { ELEMENT_BYTES, layoutOf, type PlanTensors } from './layout.ts';
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
 * order, and nothing else.
 *
 * @throws {@link ObjectInvalidError} `wrong-tensors`, `wrong-dtype` or `wrong-shape`, naming the tensor.
 */
export function checkEntries(plan: PlanTensors, entries: readonly TensorEntry[]): void {
  const unclaimed = new Map(entries.map((entry) => [entry.name, entry]));
  for (const span of layoutOf(plan).tensors) {
    const entry = unclaimed.get(span.name);
    if (entry === undefined) throw missingTensor(span.name);
    if (entry.dtype !== 'F32') throw wrongDtype(entry.name, entry);
    if (!isSameShape(span.shape, entry.shape)) throw wrongShape(span, entry.shape);
    // Judged by offsets, because empty tensors share one and may be listed in any order.
    const expected = span.offset * ELEMENT_BYTES;
    if (entry.begin !== expected) throw wrongOrder(span.name, { expected, got: entry.begin });
    unclaimed.delete(span.name);
  }
  const [extra] = unclaimed.keys();
  if (extra !== undefined) throw unexpectedTensor(extra);
}
