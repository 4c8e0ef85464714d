/** Counts of one function, or of all. */
export interface InvocationCounts {
  /** Attempts that ran, whatever came of them. */
  readonly invocations: number;
  /** Of these, the ones that ended in an error. */
  readonly errors: number;
  /** Processes started. */
  readonly coldStarts: number;
  /** Synchronous calls refused at the concurrency limit. */
  readonly throttles: number;
  /** Billed duration times memory size. */
  readonly gigabyteSeconds: number;
}

/** What an account would be billed for by Lambda. */
export interface LambdaCounters extends InvocationCounts {
  readonly byFunction: Readonly<Record<string, InvocationCounts>>;
}

const NONE: InvocationCounts = {
  invocations: 0,
  errors: 0,
  coldStarts: 0,
  throttles: 0,
  gigabyteSeconds: 0,
};

/** Adds up what functions use. */
export class UsageMeter {
  readonly #byFunction = new Map<string, InvocationCounts>();

  /** Adds to a function's counts. */
  add(functionName: string, counts: Partial<InvocationCounts>): void {
    const before = this.#byFunction.get(functionName) ?? NONE;
    this.#byFunction.set(functionName, sum(before, { ...NONE, ...counts }));
  }

  /** The counts so far. */
  snapshot(): LambdaCounters {
    const total = [...this.#byFunction.values()].reduce(sum, NONE);
    return { ...total, byFunction: Object.fromEntries(this.#byFunction) };
  }
}

function sum(left: InvocationCounts, right: InvocationCounts): InvocationCounts {
  return {
    invocations: left.invocations + right.invocations,
    errors: left.errors + right.errors,
    coldStarts: left.coldStarts + right.coldStarts,
    throttles: left.throttles + right.throttles,
    gigabyteSeconds: left.gigabyteSeconds + right.gigabyteSeconds,
  };
}
