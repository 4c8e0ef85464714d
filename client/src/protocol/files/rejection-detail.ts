/** What is kept of an error, so that the device's author hears why an update does not count. */
import type { ObjectInvalidError } from '../errors.ts';
import type { RejectionDetail } from '../fields.ts';
import { REJECTION_MESSAGE_LENGTH_MAX, REJECTION_TEXT_LENGTH_MAX } from '../limits.ts';
import { boundLog2Of, type TensorSpec, type TrainingPlan } from '../objects/plan.ts';
import { printable } from '../printable.ts';
import { quote } from '../strict-json.ts';
import { remedyOf } from '../tensors/delta-fault.ts';
import { layOutUpdate } from '../tensors/layout.ts';

/** Bounds what an error says of a file: its sentence, and the tensor, expectation and finding it names. */
export function rejectionDetailOf({ message, detail }: ObjectInvalidError): RejectionDetail {
  return {
    message: printable(message, REJECTION_MESSAGE_LENGTH_MAX),
    ...textMember('tensor', detail),
    ...textMember('expected', detail),
    ...textMember('got', detail),
  };
}

function textMember(
  name: 'tensor' | 'expected' | 'got',
  detail: ObjectInvalidError['detail'],
): Partial<RejectionDetail> {
  const value = detail?.[name];
  if (typeof value !== 'string') return {};
  return { [name]: printable(value, REJECTION_TEXT_LENGTH_MAX) };
}

/** A number of an update that can't be counted. */
export interface BadNumber {
  /** `non-finite` or `out-of-bounds`. */
  readonly code: string;
  /** Of the flattened update; absent when older programs folded the update. */
  readonly element?: number | undefined;
}

/** Says which tensor a bad number is in and what it should be; never its value. */
export function badNumberDetail(
  plan: TrainingPlan,
  { code, element }: BadNumber,
): RejectionDetail | undefined {
  if (element === undefined) return undefined;
  const { tensors } = layOutUpdate(plan);
  const span = tensors.find(({ offset, count }) => element < offset + count);
  if (span === undefined) return undefined;

  const place = `Tensor ${quote(span.name)}, element ${element - span.offset}:`;
  const texts = code === 'non-finite' ? NON_FINITE : outOfBounds(plan, span);
  return {
    message: `${place} expected ${texts.expected}, got ${texts.got}; ${texts.advice}`,
    tensor: printable(span.name, REJECTION_TEXT_LENGTH_MAX),
    expected: texts.expected,
    got: texts.got,
  };
}

interface BadNumberTexts {
  readonly expected: string;
  readonly got: string;
  readonly advice: string;
}

const NON_FINITE: BadNumberTexts = {
  expected: 'a finite number',
  got: 'NaN or an infinity',
  advice: 'check the training for divergence, and that numbers are little-endian float32',
};

function outOfBounds({ update }: TrainingPlan, spec: TensorSpec): BadNumberTexts {
  return {
    expected: `a magnitude below 2^${boundLog2Of(update, spec)}`,
    got: 'a larger one',
    advice: `send trained weights minus base weights as little-endian float32; ${remedyOf(spec, update)}`,
  };
}
