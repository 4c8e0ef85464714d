import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LambdaFixture,
  openLambda,
  packageOf,
  until,
  untilUpdated,
} from './lambda-fixture.ts';

let fixture: LambdaFixture;
beforeAll(async () => {
  fixture = await openLambda();
});
afterAll(() => fixture.close());

const ANSWER = (value: string) => `export const handler = () => ${value};`;

describe('Lambda functions', () => {
  it('are created, shown, listed and deleted', async () => {
    const { name, arn } = await fixture.createFunction(ANSWER('1'), {
      Timeout: 7,
      MemorySize: 256,
      Environment: { Variables: { COLOUR: 'red' } },
    });
    const shown = await fixture.lambda.send(new GetFunctionCommand({ FunctionName: arn }));
    expect(shown.Configuration).toMatchObject({
      FunctionName: name,
      FunctionArn: arn,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 7,
      MemorySize: 256,
      Environment: { Variables: { COLOUR: 'red' } },
      State: 'Active',
    });
    const { Functions } = await fixture.lambda.send(new ListFunctionsCommand({}));
    expect(Functions?.map(({ FunctionName }) => FunctionName)).toContain(name);
    await fixture.lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
    const look = new GetFunctionConfigurationCommand({ FunctionName: name });
    await expect(fixture.lambda.send(look)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('run new code and new settings after an update', async () => {
    const { name } = await fixture.createFunction(ANSWER('process.env.COLOUR ?? "none"'));
    expect((await fixture.invoke(name)).payload).toBe('none');
    await fixture.lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: name,
        Environment: { Variables: { COLOUR: 'blue' } },
      }),
    );
    await untilUpdated(fixture.lambda, name);
    expect((await fixture.invoke(name)).payload).toBe('blue');
    const ZipFile = packageOf(ANSWER('process.env.COLOUR + "!"'));
    await fixture.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }));
    await untilUpdated(fixture.lambda, name);
    expect((await fixture.invoke(name)).payload).toBe('blue!');
  });

  it.each([
    ['a timeout of 901 s', { Timeout: 901 }],
    ['a memory of 127 MB', { MemorySize: 127 }],
    ['a reserved variable', { Environment: { Variables: { AWS_REGION: 'x' } } }],
    ['more than 4 KB of variables', { Environment: { Variables: { LONG: 'x'.repeat(4_096) } } }],
    ['a package that is no archive', { Code: { ZipFile: Buffer.from('no archive') } }],
  ])('are refused with %s', async (_what, settings) => {
    await expect(fixture.createFunction(ANSWER('1'), settings)).rejects.toMatchObject({
      name: expect.stringMatching(/InvalidParameterValueException|ValidationException/),
    });
  });

  it('are refused under a name that is taken', async () => {
    const { name } = await fixture.createFunction(ANSWER('1'));
    const again = fixture.createFunction(ANSWER('1'), { FunctionName: name });
    await expect(again).rejects.toMatchObject({ name: 'ResourceConflictException' });
  });

  it('reserve concurrency, as far as the account has it', async () => {
    const { name: FunctionName } = await fixture.createFunction(ANSWER('1'));
    const put = (ReservedConcurrentExecutions: number) =>
      fixture.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }),
      );
    const get = () => fixture.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    await put(2);
    expect((await get()).ReservedConcurrentExecutions).toBe(2);
    await expect(put(901)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await put(0);
    await expect(fixture.invoke(FunctionName)).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    await fixture.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect((await get()).ReservedConcurrentExecutions).toBeUndefined();
    expect((await fixture.invoke(FunctionName)).payload).toBe(1);
  });
});

describe('Lambda event source mappings', () => {
  it('are created, shown, changed, listed and deleted', async () => {
    const queue = await fixture.createQueue({ VisibilityTimeout: '30' });
    const { name, arn } = await fixture.createFunction(ANSWER('null'));
    const created = await fixture.lambda.send(
      new CreateEventSourceMappingCommand({
        ...{ FunctionName: name, EventSourceArn: queue.arn, BatchSize: 100 },
        MaximumBatchingWindowInSeconds: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      }),
    );
    const { UUID } = created;
    const show = () => fixture.lambda.send(new GetEventSourceMappingCommand({ UUID }));
    await until(async () => (await show()).State === 'Enabled');
    expect(await show()).toMatchObject({
      EventSourceArn: queue.arn,
      FunctionArn: arn,
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
      LastModified: expect.any(Date),
    });
    await fixture.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await until(async () => (await show()).State === 'Disabled');
    const list = new ListEventSourceMappingsCommand({ FunctionName: name });
    const { EventSourceMappings } = await fixture.lambda.send(list);
    expect(EventSourceMappings).toMatchObject([{ UUID, BatchSize: 100 }]);
    await fixture.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    await expect(show()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('are refused where messages would come back before the function must have ended', async () => {
    const queue = await fixture.createQueue({ VisibilityTimeout: '30' });
    const { name } = await fixture.createFunction(ANSWER('null'), { Timeout: 31 });
    const map = new CreateEventSourceMappingCommand({
      FunctionName: name,
      EventSourceArn: queue.arn,
    });
    await expect(fixture.lambda.send(map)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('30 seconds is less than Function timeout: 31 seconds'),
    });
  });

  it.each([
    ['a batch above ten without a window', { BatchSize: 11 }],
    ['a batch above 10,000', { BatchSize: 10_001, MaximumBatchingWindowInSeconds: 1 }],
    ['a window above 300 s', { MaximumBatchingWindowInSeconds: 301 }],
    ['a concurrency below 2', { ScalingConfig: { MaximumConcurrency: 1 } }],
    ['a queue that does not exist', { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:none' }],
  ])('are refused with %s', async (_what, settings) => {
    const queue = await fixture.createQueue();
    const { name: FunctionName } = await fixture.createFunction(ANSWER('null'));
    const input = { FunctionName, EventSourceArn: queue.arn, ...settings };
    const map = fixture.lambda.send(new CreateEventSourceMappingCommand(input));
    await expect(map).rejects.toMatchObject({
      name: expect.stringMatching(/InvalidParameterValueException|ValidationException/),
    });
  });

  it('are refused twice for the same queue and function', async () => {
    const queue = await fixture.createQueue();
    const { name: FunctionName } = await fixture.createFunction(ANSWER('null'));
    const map = () =>
      fixture.lambda.send(
        new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queue.arn }),
      );
    await map();
    await expect(map()).rejects.toMatchObject({ name: 'ResourceConflictException' });
  });
});
