import {
  encodeJson,
  type ModelList,
  type ModelStatus,
  PLAN_BYTES_MAX,
  planKey,
  type TrainingPlan,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/coordinator/dispatch.ts';
import { checkPlan } from '../../../src/coordinator/operator/check-plan.ts';
import { createModel, MODEL, openFirstRound, planOf } from '../../support/federation.ts';
import { createTestCoordinator, operate, type TestCoordinator } from '../support/coordinator.ts';

/** Most bytes a synchronous invocation answers with (Lambda quotas). */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;

let test: TestCoordinator;

beforeEach(() => {
  test = createTestCoordinator();
});

/** The largest plan; of quotes, which grow most where JSON is put into JSON. */
function largestPlan(): TrainingPlan {
  const bare = encodeJson({ ...planOf(), architecture: '' }).length;
  const room = PLAN_BYTES_MAX - bare;
  const plan = {
    ...planOf(),
    architecture: '"'.repeat(Math.floor(room / 2)) + 'x'.repeat(room % 2),
  };
  expect(encodeJson(plan)).toHaveLength(PLAN_BYTES_MAX);
  return plan;
}

describe('The largest plan', () => {
  const weights = { bytes: 100, sha256: 'ab'.repeat(32) };

  it('may be created, one byte more may not', () => {
    const plan = largestPlan();
    expect(() => checkPlan(plan, weights)).not.toThrow();
    const larger = { ...plan, training: { ...plan.training, a: 1 } };
    expect(() => checkPlan(larger, weights)).toThrow(
      expect.objectContaining({ name: 'RequestRefusedError', code: 'plan-too-large' }),
    );
  });

  it('fits a check-in’s answer, which is JSON within JSON, and a status', async () => {
    await createModel(test.store, largestPlan());
    await openFirstRound(test.store);
    const event = {
      rawPath: `/v1/models/${MODEL}/check-in`,
      headers: { authorization: 'Bearer subject:device-1' },
      requestContext: { http: { method: 'POST' } },
    };
    const { coordinator } = test;
    const { log } = coordinator;
    const answer = await dispatch(event, { provide: () => coordinator, log });
    expect(answer).toMatchObject({ statusCode: 200 });
    expect(encodeJson(answer).length).toBeLessThan(ANSWER_BYTES_MAX / 2);
    const status = await operate<ModelStatus>(test, {
      schema: 1,
      operation: 'model-status',
      model: MODEL,
    });
    expect(status.plan.architecture).toBe(largestPlan().architecture);
    expect(encodeJson(status).length).toBeLessThan(ANSWER_BYTES_MAX / 2);
  });
});

describe('Models of the longest names', () => {
  const names = Array.from({ length: 2_500 }, (_, n) => `m${n}`.padEnd(64, 'x'));

  async function page(after?: string): Promise<ModelList> {
    const paging = after === undefined ? {} : { after };
    return operate<ModelList>(test, { schema: 1, operation: 'list-models', ...paging });
  }

  it('are listed in pages that fit an answer, each name once', async () => {
    for (const name of names) await test.store.putOnce(planKey(name), encodeJson({}));
    const listed: string[] = [];
    const sizes: number[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const answer = await page(next === '' ? undefined : next);
      expect(encodeJson(answer).length).toBeLessThan(ANSWER_BYTES_MAX / 2);
      sizes.push(answer.models.length);
      listed.push(...answer.models);
      next = answer.next;
    }
    expect(sizes).toEqual([1_000, 1_000, 500]);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });

  it('lose none at the end of a page, where keys sort otherwise than names', async () => {
    const fillers = Array.from({ length: 998 }, (_, n) => `0${n}`);
    for (const name of [...fillers, 'a', 'a-b', 'a.c']) {
      await test.store.putOnce(planKey(name), encodeJson({}));
    }
    const { models, next } = await page();
    expect(models.slice(-2)).toEqual(['a-b', 'a.c']);
    expect((await page(next)).models).toEqual(['a']);
  });

  it('go on after a page of names that are no models yet', async () => {
    for (const name of names) {
      await test.store.putOnce(`models/${name}/versions/0/model-0.safetensors`, new Uint8Array(1));
    }
    const first = await page();
    expect(first).toMatchObject({ models: [], next: expect.any(String) });
    await test.store.putOnce(planKey('z'), encodeJson({}));
    expect((await page((await page(first.next)).next)).models).toEqual(['z']);
  });
});
