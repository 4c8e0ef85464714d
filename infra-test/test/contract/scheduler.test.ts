import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LambdaFixture, openLambda, uniqueName, untilAnswer } from './lambda-fixture.ts';

let fixture: LambdaFixture;
let scheduler: SchedulerClient;
beforeAll(async () => {
  fixture = await openLambda();
  scheduler = new SchedulerClient({ ...fixture.target.client, maxAttempts: 1 });
});
afterAll(async () => {
  scheduler.destroy();
  await fixture.close();
});

const settings = (
  Name: string,
  ScheduleExpression: string,
  Arn = 'arn:aws:lambda:us-east-1:000000000000:function:nobody',
): CreateScheduleCommandInput => ({
  ...{ Name, ScheduleExpression },
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn, RoleArn: fixture.target.roleArn, Input: '{"sweep":true}' },
});

describe('Scheduler', () => {
  it('creates, shows, changes, lists and deletes schedules', async () => {
    const Name = uniqueName('schedule');
    const created = await scheduler.send(new CreateScheduleCommand(settings(Name, 'rate(1 hour)')));
    expect(created.ScheduleArn).toMatch(new RegExp(`schedule/default/${Name}$`));
    const again = scheduler.send(new CreateScheduleCommand(settings(Name, 'rate(1 hour)')));
    await expect(again).rejects.toMatchObject({ name: 'ConflictException' });
    await scheduler.send(
      new UpdateScheduleCommand({ ...settings(Name, 'rate(2 hours)'), State: 'DISABLED' }),
    );
    expect(await scheduler.send(new GetScheduleCommand({ Name }))).toMatchObject({
      Name,
      ScheduleExpression: 'rate(2 hours)',
      State: 'DISABLED',
      Target: { Input: '{"sweep":true}' },
      CreationDate: expect.any(Date),
    });
    const { Schedules } = await scheduler.send(new ListSchedulesCommand({ NamePrefix: Name }));
    expect(Schedules).toMatchObject([{ Name, State: 'DISABLED' }]);
    await scheduler.send(new DeleteScheduleCommand({ Name }));
    await expect(scheduler.send(new GetScheduleCommand({ Name }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it.each(['rate(1 minutes)', 'rate(2 minute)', 'rate(30 seconds)', 'rate(90 seconds)', 'soon'])(
    'F17: refuses %s',
    async (expression) => {
      const create = new CreateScheduleCommand(settings(uniqueName('bad'), expression));
      await expect(scheduler.send(create)).rejects.toMatchObject({ name: 'ValidationException' });
    },
  );

  it('invokes its function with its input when the time comes', async () => {
    const { name, arn } = await fixture.createSingle(
      `let seen = null;
       export const handler = (event) => { if (event.ask) return seen; seen = event; };`,
    );
    const time = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
    const Name = uniqueName('at');
    await scheduler.send(new CreateScheduleCommand(settings(Name, `at(${time})`, arn)));
    await untilAnswer(fixture, name, (seen) => JSON.stringify(seen) === '{"sweep":true}');
  });
});
