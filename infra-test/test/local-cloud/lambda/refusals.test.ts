import { afterAll, describe, expect, it } from 'vitest';
import { bodyOf, requestOf, startServices } from './harness.ts';

const services = startServices();
afterAll(() => services.close());

describe('what is not implemented', () => {
  it('is refused by its name, by Lambda', async () => {
    const response = await services.call('GET', '/2015-03-31/functions/f/aliases');
    expect(response).toMatchObject({
      status: 501,
      headers: { 'x-amzn-errortype': 'NotImplemented' },
    });
    expect(bodyOf(response).Message).toContain('GET /2015-03-31/functions/f/aliases');
  });

  it('is refused by its name, by SQS', async () => {
    const headers = { 'x-amz-target': 'AmazonSQS.AddPermission' };
    const response = await services.sqs.handle(requestOf('POST', '/', { headers }));
    expect(response.headers['x-amzn-query-error']).toMatch(/UnsupportedOperation;Sender$/);
    expect(bodyOf(response).message).toContain('AddPermission');
  });

  it.each(['VpcConfig', 'Layers', 'DeadLetterConfig'])(
    'is refused as a member of a request: %s',
    async (member) => {
      const created = await services.call('POST', '/2015-03-31/functions', {
        ...{ FunctionName: 'f', Runtime: 'nodejs22.x', Role: 'r', Handler: 'index.handler' },
        Code: { ZipFile: '' },
        [member]: {},
      });
      expect(created).toMatchObject({
        status: 400,
        headers: { 'x-amzn-errortype': 'InvalidParameterValueException' },
      });
      expect(bodyOf(created).Message).toContain(member);
    },
  );

  it('is refused as broken JSON', async () => {
    const request = requestOf('POST', '/2015-03-31/functions', { body: '{' });
    const response = await services.lambda.handle(request);
    expect(response.headers['x-amzn-errortype']).toBe('SerializationException');
  });

  it('finds a function by name, ARN and partial ARN, of this account alone', async () => {
    const arn = await services.create('named', 'export const handler = () => 1;');
    const status = async (name: string) =>
      (await services.call('GET', `/2015-03-31/functions/${encodeURIComponent(name)}`)).status;
    expect(await status('named')).toBe(200);
    expect(await status(arn)).toBe(200);
    expect(await status(`${arn}:$LATEST`)).toBe(200);
    expect(await status('000000000000:function:named')).toBe(200);
    expect(await status(arn.replace('000000000000', '111111111111'))).toBe(404);
    expect(await status(`${arn}x`)).toBe(404);
  });
});
