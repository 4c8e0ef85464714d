import { z } from 'zod';
import type { LambdaService } from '../lambda/index.ts';
import { jsonResponse, RestError, type Route, readInput, serve } from '../lambda/rest-api.ts';
import type { CloudRequest, CloudResponse, CloudService } from '../service.ts';
import { parseJson } from '../sqs/json.ts';
import { Schedule, type ScheduleDefinition } from './schedule.ts';
import { parseScheduleExpression } from './schedule-expression.ts';

const REFUSAL = 'ValidationException';
const ARN_PREFIX = 'arn:aws:scheduler:';
const SCHEDULES = /^\/schedules\/?$/;
const SCHEDULE = /^\/schedules\/([\w.-]{1,64})$/;

const scheduleInput = z.strictObject({
  ScheduleExpression: z.string(),
  FlexibleTimeWindow: z.strictObject({
    Mode: z.literal('OFF', 'The local cloud has no flexible time windows; use OFF'),
  }),
  Target: z.strictObject({
    Arn: z.string().regex(/^arn:aws:lambda:/, 'The local cloud schedules Lambda functions only'),
    RoleArn: z.string(),
    Input: z.string().optional(),
  }),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Description: z.string().max(512).optional(),
  ScheduleExpressionTimezone: z.literal('UTC').optional(),
  GroupName: z.literal('default').optional(),
  ClientToken: z.string().optional(),
});

/** What schedules start. */
export interface SchedulerServiceOptions {
  readonly lambda: LambdaService;
}

/** EventBridge Scheduler: rates and single times that invoke functions. */
export class SchedulerService implements CloudService {
  readonly #lambda: LambdaService;
  readonly #schedules = new Map<string, Schedule>();
  #invocationCount = 0;

  constructor(options: SchedulerServiceOptions) {
    this.#lambda = options.lambda;
  }

  handle(request: CloudRequest): Promise<CloudResponse> {
    return serve(this.#routes, 'Scheduler', request);
  }

  /**
   * Runs a schedule's target now, whatever its time and state.
   *
   * @returns when the function has run, retries included.
   * @throws {@link RestError} `ResourceNotFoundException`.
   */
  async fire(name: string): Promise<void> {
    const { targetArn, input } = this.#get(name).definition;
    this.#invocationCount += 1;
    await this.#lambda.invokeEvent(targetArn, input);
  }

  /** What Scheduler bills by. */
  usage(): Readonly<Record<string, number>> {
    return { invocations: this.#invocationCount };
  }

  /** Ends every timer. */
  async close(): Promise<void> {
    for (const schedule of this.#schedules.values()) {
      schedule.stop();
    }
    this.#schedules.clear();
  }

  readonly #routes: readonly Route[] = [
    {
      ...{ operation: 'CreateSchedule', method: 'POST', path: SCHEDULE },
      handle: async (request, name = '') => {
        const definition = await readDefinition(request, name);
        if (this.#schedules.has(name)) {
          throw new RestError('ConflictException', 409, `Schedule ${name} already exists`);
        }
        return this.#put(definition);
      },
    },
    {
      ...{ operation: 'UpdateSchedule', method: 'PUT', path: SCHEDULE },
      handle: async (request, name = '') => {
        const definition = await readDefinition(request, name);
        const { createdAtMs } = this.#get(name).definition;
        return this.#put({ ...definition, createdAtMs });
      },
    },
    {
      ...{ operation: 'GetSchedule', method: 'GET', path: SCHEDULE },
      handle: (_request, name = '') => {
        const { definition } = this.#get(name);
        return { ...definition.described, ...summary(definition) };
      },
    },
    {
      ...{ operation: 'DeleteSchedule', method: 'DELETE', path: SCHEDULE },
      handle: (_request, name = '') => {
        this.#get(name).stop();
        this.#schedules.delete(name);
        return jsonResponse(200, {});
      },
    },
    {
      ...{ operation: 'ListSchedules', method: 'GET', path: SCHEDULES },
      handle: ({ query }) => ({ Schedules: this.#list(query.get('NamePrefix') ?? '') }),
    },
  ];

  #put(definition: ScheduleDefinition): object {
    this.#schedules.get(definition.name)?.stop();
    const fire = (): void => void this.fire(definition.name);
    this.#schedules.set(definition.name, new Schedule(definition, fire));
    return { ScheduleArn: definition.arn };
  }

  #get(name: string): Schedule {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) {
      throw new RestError('ResourceNotFoundException', 404, `Schedule ${name} does not exist`);
    }
    return schedule;
  }

  #list(prefix: string): object[] {
    return [...this.#schedules.values()]
      .map(({ definition }) => definition)
      .filter(({ name }) => name.startsWith(prefix))
      .sort((left, right) => (left.name < right.name ? -1 : 1))
      .map((definition) => ({
        ...summary(definition),
        Target: { Arn: definition.targetArn },
      }));
  }
}

async function readDefinition(request: CloudRequest, name: string): Promise<ScheduleDefinition> {
  const { ClientToken: _, ...input } = await readInput(request, scheduleInput, REFUSAL);
  const time = parseScheduleExpression(input.ScheduleExpression);
  if (time === undefined) {
    throw new RestError(
      REFUSAL,
      400,
      `Invalid Schedule Expression ${input.ScheduleExpression}: use rate(1 minute), rate(n minutes), hours or days alike, or at(yyyy-mm-ddThh:mm:ss)`,
    );
  }
  if (input.Target.Input !== undefined && parseJson(input.Target.Input).kind === 'malformed') {
    throw new RestError(REFUSAL, 400, 'Target.Input of a function must be JSON');
  }
  // A function's ARN names region and account, and the schedule's lie in the same.
  const [, , , region, accountId] = input.Target.Arn.split(':');
  return {
    ...{ name, time },
    arn: `${ARN_PREFIX}${region}:${accountId}:schedule/default/${name}`,
    expression: input.ScheduleExpression,
    isEnabled: input.State === 'ENABLED',
    targetArn: input.Target.Arn,
    input: input.Target.Input ?? '{}',
    described: input,
    createdAtMs: Date.now(),
    modifiedAtMs: Date.now(),
  };
}

function summary(definition: ScheduleDefinition): object {
  return {
    Arn: definition.arn,
    Name: definition.name,
    GroupName: 'default',
    State: definition.isEnabled ? 'ENABLED' : 'DISABLED',
    CreationDate: definition.createdAtMs / 1_000,
    LastModificationDate: definition.modifiedAtMs / 1_000,
  };
}
