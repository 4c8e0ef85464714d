import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { DEPLOYMENT, rateExpression } from '@tributary/client/deployment';
import { InvocationFailedError } from '@tributary/client/protocol';
import { type DeployedFunction, roleArn } from './functions.ts';

/** Event that has the aggregator look at every open round. */
const SWEEP_EVENT: string = JSON.stringify(DEPLOYMENT.sweep.event);

/** Has the aggregator sweep, as often as schedules can. */
export async function scheduleSweep(
  scheduler: SchedulerClient,
  name: string,
  target: DeployedFunction,
): Promise<void> {
  await scheduler.send(
    new CreateScheduleCommand({
      Name: name,
      ScheduleExpression: rateExpression(DEPLOYMENT.sweep.intervalMinutes),
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: target.arn, RoleArn: roleArn(name), Input: SWEEP_EVENT },
    }),
  );
}

/**
 * Sweeps now and waits for the end of it.
 *
 * @throws {@link InvocationFailedError} `sweep-failed` when the function failed.
 */
export async function sweepNow(lambda: LambdaClient, functionName: string): Promise<void> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: functionName, Payload: SWEEP_EVENT }),
  );
  if (FunctionError === undefined) return;
  throw new InvocationFailedError(
    `Sweep by ${functionName} failed as ${FunctionError}: ${Payload?.transformToString() ?? 'no answer'}; see the function's log`,
    { code: 'sweep-failed' },
  );
}
