/** Files that the reference implementation of safetensors and the protocol's reader judge differently, on purpose. */

/** Cases of `odd_files.py` that differ for one reason. */
export interface Difference {
  /** Their names. */
  readonly cases: RegExp;
  /** What the protocol's reader refuses them with; `undefined` where it takes them and the reference does not. */
  readonly code: string | undefined;
  readonly why: string;
}

/** Every difference; one that no case shows any more has to be deleted. */
export const DIFFERENCES: readonly Difference[] = [
  {
    cases: /^metadata-(key|escaped)-twice(-alone)?$/,
    code: 'duplicate-name',
    why: 'readers keep different values of a metadata key that is there twice',
  },
  {
    cases: /^name-twice-(equal|escaped)$/,
    code: 'duplicate-name',
    why: 'equal entries of one name: a reader that lists entries counts two tensors',
  },
  {
    cases: /^field-unknown-twice$|^field-odd-17$/,
    code: 'duplicate-name',
    why: 'one rule for every object is simpler than one for those that are read',
  },
  {
    cases: /^header-(space|newline)-first$/,
    code: 'header-not-object',
    why: 'the format wants the brace first, and other readers demand it',
  },
  {
    cases: /^entry-odd-3$/,
    code: 'bad-entry',
    why: 'an entry as a list is an accident of the reference implementation',
  },
  {
    cases: /^dtype-value-2$/,
    code: 'unknown-dtype',
    why: 'a dtype as an object is an accident of the reference implementation',
  },
  {
    cases: /^rank-(9|32|64)$/,
    code: 'bad-shape',
    why: 'the bound of headers counts 8 dimensions a tensor',
  },
  {
    cases: /^(0-then-)?dimension-[3-6](-then-0)?$/,
    code: 'bad-shape',
    why: 'JavaScript has no exact number for such a dimension',
  },
  {
    cases: /^dimension-2-then-0$/,
    code: 'size-overflow',
    why: 'the order of dimensions must not decide whether their product is exact',
  },
  {
    cases: /^name-of-(513|5000|514-in-ü)$/,
    code: 'bad-name',
    why: 'names stand in plans, seals and messages, which are bounded',
  },
  {
    cases: /^tensors-10001$/,
    code: 'too-many-tensors',
    why: 'the reader holds an entry for each',
  },
  {
    cases: /^header-of-(8388616|100000000)$/,
    code: 'header-too-large',
    why: 'the coordinator and the aggregator hold whole headers in memory',
  },
  {
    cases: /^field-depth-(31|32|60|124)$/,
    code: 'header-not-json',
    why: 'recursion has to end, and no writer nests so deep',
  },
  {
    cases: /^field-odd-[45]$/,
    code: undefined,
    why: 'a number beyond float64 in a field that is not read means nothing',
  },
];
