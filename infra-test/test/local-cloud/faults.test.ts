import { describe, expect, test } from 'vitest';
import {
  createFaultInjector,
  type FaultPlan,
  type FaultSubject,
} from '../../src/local-cloud/faults.ts';

function subject(change: Partial<FaultSubject> = {}): FaultSubject {
  return {
    service: 's3',
    method: 'PUT',
    key: 'rounds/m/1/close.json',
    isConditionalWrite: true,
    functionName: 'aggregator',
    ...change,
  };
}

function faultsOf(plan: FaultPlan, subjects: readonly FaultSubject[]): (string | undefined)[] {
  const injector = createFaultInjector(plan);
  return subjects.map((each) => injector.requestFault(each));
}

test('without a plan nothing goes wrong', () => {
  const injector = createFaultInjector();
  expect(injector.requestFault(subject())).toBeUndefined();
  expect(injector.kill(subject())).toBeUndefined();
});

describe('request faults', () => {
  test('the same seed gives the same faults, another seed others, at about the rate', () => {
    const subjects = Array.from({ length: 1000 }, () => subject());
    const plan = (seed: number): FaultPlan => ({
      seed,
      requests: [{ fault: 'internal-500', rate: 0.3 }],
    });
    const first = faultsOf(plan(1), subjects);
    expect(faultsOf(plan(1), subjects)).toEqual(first);
    expect(faultsOf(plan(2), subjects)).not.toEqual(first);
    const count = first.filter((fault) => fault !== undefined).length;
    const injector = createFaultInjector(plan(1));
    for (const each of subjects) injector.requestFault(each);
    expect(injector.recorder.snapshot().requests).toEqual({ 'internal-500': count });
    expect(count).toBeGreaterThan(230);
    expect(count).toBeLessThan(370);
  });

  test('a rule is about the service, method and keys it names', () => {
    const plan: FaultPlan = {
      seed: 1,
      requests: [
        { service: 's3', method: 'PUT', keyPattern: /^rounds\//g, fault: 'slow-down-503' },
      ],
    };
    const faults = faultsOf(plan, [
      subject(),
      subject(),
      subject({ service: 'sqs' }),
      subject({ method: 'GET' }),
      subject({ key: 'models/m/head.json' }),
    ]);
    expect(faults).toEqual(['slow-down-503', 'slow-down-503', undefined, undefined, undefined]);
  });

  test('firstPerKey spares later requests of the same key', () => {
    const plan: FaultPlan = { seed: 1, requests: [{ fault: 'lost-response', firstPerKey: 2 }] };
    const keys = ['a', 'b', 'a', 'a', 'b', 'b'];
    expect(
      faultsOf(
        plan,
        keys.map((key) => subject({ key })),
      ),
    ).toEqual([
      'lost-response',
      'lost-response',
      'lost-response',
      undefined,
      'lost-response',
      undefined,
    ]);
  });

  test('a conflict befalls conditional writes only', () => {
    const plan: FaultPlan = { seed: 1, requests: [{ fault: 'conflict-409' }] };
    expect(faultsOf(plan, [subject(), subject({ isConditionalWrite: false })])).toEqual([
      'conflict-409',
      undefined,
    ]);
  });

  test('the first rule that fires decides', () => {
    const plan: FaultPlan = {
      seed: 1,
      requests: [
        { fault: 'internal-500', firstPerKey: 1 },
        { fault: 'expired-token-403', firstPerKey: 1 },
      ],
    };
    expect(faultsOf(plan, [subject(), subject(), subject()])).toEqual([
      'internal-500',
      'expired-token-403',
      undefined,
    ]);
  });
});

describe('kills', () => {
  test('the nth matching request of the named function kills, before or after', () => {
    const injector = createFaultInjector({
      seed: 1,
      kills: [{ functionName: 'aggregator', keyPattern: /close/, when: 'after', nth: 2 }],
    });
    const outcomes = [
      subject(),
      subject({ functionName: 'coordinator' }),
      subject({ key: 'other' }),
      subject(),
      subject(),
    ].map((each) => injector.kill(each)?.when);
    expect(outcomes).toEqual([undefined, undefined, undefined, 'after', undefined]);
  });

  test('a request that no function sent kills nothing', () => {
    const injector = createFaultInjector({ seed: 1, kills: [{ when: 'before' }] });
    expect(injector.kill(subject({ functionName: undefined }))).toBeUndefined();
    expect(injector.kill(subject())?.when).toBe('before');
  });

  test('each kill is recorded with its rule and the write before it, until another plan', () => {
    const rule = { keyPattern: /^rounds\//, when: 'after', nth: 3 } as const;
    const injector = createFaultInjector({ seed: 1, kills: [{ when: 'before', rate: 0 }, rule] });
    injector.kill(subject({ key: 'rounds/m/1/close.json' }));
    injector.kill(subject({ key: 'models/m/head.json' }));
    injector.kill(subject({ method: 'GET', key: 'rounds/m/1/seals/0/0.json' }));
    injector.kill(subject({ key: 'rounds/m/1/result.json' }));
    injector.kill(subject({ key: 'rounds/m/1/result.json' }));
    const { kills } = injector.recorder.snapshot();
    expect(kills).toEqual([
      {
        ...{ rule, when: 'after', hasEndedProcess: false },
        ...{ method: 'PUT', key: 'rounds/m/1/result.json' },
        lastWriteKey: 'rounds/m/1/close.json',
      },
    ]);
    expect(kills[0]?.rule).toBe(rule);
    injector.setPlan(undefined);
    expect(injector.recorder.snapshot().kills).toEqual([]);
  });

  test('a rate kills at about that rate, the same ones for the same seed', () => {
    const run = () => {
      const injector = createFaultInjector({ seed: 9, kills: [{ when: 'before', rate: 0.2 }] });
      return Array.from({ length: 500 }, () => injector.kill(subject())?.when === 'before');
    };
    const kills = run();
    expect(run()).toEqual(kills);
    expect(kills.filter(Boolean).length).toBeGreaterThan(60);
    expect(kills.filter(Boolean).length).toBeLessThan(140);
  });
});

test('a new plan starts its counts anew', () => {
  const plan: FaultPlan = { seed: 1, requests: [{ fault: 'internal-500', firstPerKey: 1 }] };
  const injector = createFaultInjector(plan);
  expect([injector.requestFault(subject()), injector.requestFault(subject())]).toEqual([
    'internal-500',
    undefined,
  ]);
  injector.setPlan(plan);
  expect(injector.requestFault(subject())).toBe('internal-500');
  injector.setPlan(undefined);
  expect(injector.requestFault(subject())).toBeUndefined();
});
