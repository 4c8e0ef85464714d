import { FaultRecorder, type Kill } from './fault-record.ts';
import { createRandom } from './random.ts';

/** What can go wrong with one request. */
export type RequestFault =
  /** 503 SlowDown; nothing is stored. */
  | 'slow-down-503'
  /** 409 ConditionalRequestConflict on a conditional write; nothing is stored. */
  | 'conflict-409'
  /** The request is carried out, then the connection is cut instead of answered. */
  | 'lost-response'
  /** 200 without a body, as if it were carried out; nothing is: something in between answered. */
  | 'swallowed-200'
  /** 403 ExpiredToken, as for a presigned URL that outlived its session. */
  | 'expired-token-403'
  /** 500 InternalError; nothing is stored. */
  | 'internal-500';

/** Which requests a rule is about; what is left out matches everything. */
interface RequestPattern {
  /** HTTP method in upper case. */
  readonly method?: string;
  /** Tested against the decoded S3 key; against the path for the other services. */
  readonly keyPattern?: RegExp;
}

/** Fails requests. */
export interface RequestFaultRule extends RequestPattern {
  readonly service?: 's3' | 'sqs' | 'lambda';
  readonly fault: RequestFault;
  /**
   * Probability per matching request, 0 … 1.
   *
   * @default 1
   */
  readonly rate?: number;
  /** Only the first so many matching requests of each key fail. */
  readonly firstPerKey?: number;
}

/** Kills the function process that sent a request. */
export interface KillRule extends RequestPattern {
  readonly functionName?: string;
  /** Before the request is carried out, or after; the answer is never delivered. */
  readonly when: 'before' | 'after';
  /** Only the nth matching request kills, counted from 1. */
  readonly nth?: number;
  /**
   * Probability per matching request, 0 … 1.
   *
   * @default 1
   */
  readonly rate?: number;
}

/** How S3's event notifications misbehave. */
export interface EventFaults {
  /** Probability that an event is delivered twice, 0 … 1. */
  readonly duplicateRate?: number;
  /** Probability that an event is never delivered, 0 … 1. */
  readonly dropRate?: number;
  /** Range the delay of a delivery is drawn from, in milliseconds, both ends included. */
  readonly delayMs?: readonly [number, number];
  /** Deliveries overtake each other. */
  readonly reorder?: boolean;
}

/** Everything that goes wrong; the same seed and the same order of requests give the same faults. */
export interface FaultPlan {
  readonly seed: number;
  readonly events?: EventFaults;
  readonly requests?: readonly RequestFaultRule[];
  readonly kills?: readonly KillRule[];
}

/** A request as the fault rules see it. */
export interface FaultSubject {
  readonly service: string;
  readonly method: string;
  /** Decoded S3 key, or the path of another service's request. */
  readonly key: string;
  readonly isConditionalWrite: boolean;
  /** Function whose process sent the request, if one did and lives. */
  readonly functionName: string | undefined;
}

/** Decides what befalls each request. */
export interface FaultInjector {
  /** Plan in force; undefined for a cloud without faults. */
  readonly plan: FaultPlan | undefined;
  /** Writes down what goes wrong under the plan in force. */
  readonly recorder: FaultRecorder;
  setPlan(plan: FaultPlan | undefined): void;
  requestFault(subject: FaultSubject): RequestFault | undefined;
  /** The kill that befalls the request's sender; recorded, and yet to be carried out. */
  kill(subject: FaultSubject): Kill | undefined;
}

interface RuleState {
  readonly random: () => number;
  matchCount: number;
  lastWriteKey: string | undefined;
  readonly matchCountByKey: Map<string, number>;
}

/** Makes a {@link FaultInjector}; every rule draws from a random stream of its own. */
export function createFaultInjector(initialPlan?: FaultPlan): FaultInjector {
  let plan = initialPlan;
  let states = new Map<object, RuleState>();
  let recorder = new FaultRecorder();
  const stateOf = (rule: object, stream: number): RuleState => {
    const state = states.get(rule) ?? {
      random: createRandom(((plan?.seed ?? 0) ^ Math.imul(stream + 1, 0x01000193)) >>> 0),
      matchCount: 0,
      lastWriteKey: undefined,
      matchCountByKey: new Map<string, number>(),
    };
    states.set(rule, state);
    return state;
  };
  return {
    get plan() {
      return plan;
    },
    get recorder() {
      return recorder;
    },
    setPlan(next) {
      plan = next;
      states = new Map();
      recorder = new FaultRecorder();
    },
    requestFault(subject) {
      const hit = (plan?.requests ?? []).find(
        (rule, index) =>
          requestRuleMatches(rule, subject) &&
          requestRuleFires(rule, stateOf(rule, index), subject.key),
      );
      if (hit !== undefined) recorder.noteRequest(hit.fault);
      return hit?.fault;
    },
    kill(subject) {
      const offset = plan?.requests?.length ?? 0;
      for (const [index, rule] of (plan?.kills ?? []).entries()) {
        const kill = killRuleMatches(rule, subject)
          ? killByRule(rule, stateOf(rule, offset + index), subject)
          : undefined;
        if (kill === undefined) continue;
        recorder.noteKill(kill);
        return kill;
      }
      return undefined;
    },
  };
}

function patternMatches(pattern: RequestPattern, subject: FaultSubject): boolean {
  return (
    (pattern.method ?? subject.method) === subject.method &&
    (pattern.keyPattern === undefined || subject.key.search(pattern.keyPattern) >= 0)
  );
}

function requestRuleMatches(rule: RequestFaultRule, subject: FaultSubject): boolean {
  return (
    (rule.service ?? subject.service) === subject.service &&
    patternMatches(rule, subject) &&
    (rule.fault !== 'conflict-409' || subject.isConditionalWrite)
  );
}

function requestRuleFires(rule: RequestFaultRule, state: RuleState, key: string): boolean {
  const isDrawn = state.random() < (rule.rate ?? 1);
  if (rule.firstPerKey === undefined) {
    return isDrawn;
  }
  const matchCount = (state.matchCountByKey.get(key) ?? 0) + 1;
  state.matchCountByKey.set(key, matchCount);
  return isDrawn && matchCount <= rule.firstPerKey;
}

function killRuleMatches(rule: KillRule, subject: FaultSubject): boolean {
  return (
    subject.functionName !== undefined &&
    (rule.functionName ?? subject.functionName) === subject.functionName &&
    patternMatches(rule, subject)
  );
}

function killByRule(rule: KillRule, state: RuleState, subject: FaultSubject): Kill | undefined {
  const { method, key } = subject;
  const { lastWriteKey } = state;
  if (method === 'PUT') state.lastWriteKey = key;
  state.matchCount += 1;
  const isDrawn = state.random() < (rule.rate ?? 1);
  if (!isDrawn || (rule.nth !== undefined && state.matchCount !== rule.nth)) return undefined;
  return { rule, when: rule.when, method, key, lastWriteKey, hasEndedProcess: false };
}
