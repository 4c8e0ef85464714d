import { DeploymentError } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import {
  readAggregatorSettings,
  readCoordinatorSettings,
  readSettings,
  readWorkerSettings,
} from '../src/settings.ts';

const environment = {
  TRIBUTARY_BUCKET: 'federation',
  TRIBUTARY_TASK_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/000000000000/tasks',
  TRIBUTARY_SECRET: 's'.repeat(32),
  TRIBUTARY_ISSUER: 'https://issuer.example/pool',
  TRIBUTARY_AUDIENCE: 'tributary',
  TRIBUTARY_JWKS_URL: 'https://issuer.example/jwks.json',
};

function errorOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

describe('Settings', () => {
  it('are read from the environment, with audience as the token mode', () => {
    expect(readSettings(environment)).toEqual({
      bucket: 'federation',
      taskQueueUrl: environment.TRIBUTARY_TASK_QUEUE_URL,
    });
    expect(readCoordinatorSettings(environment)).toEqual({
      bucket: 'federation',
      taskQueueUrl: environment.TRIBUTARY_TASK_QUEUE_URL,
      secret: new TextEncoder().encode('s'.repeat(32)),
      issuer: 'https://issuer.example/pool',
      audience: 'tributary',
      jwksUrl: new URL('https://issuer.example/jwks.json'),
      tokenMode: 'audience',
      aggregatorMegabytes: 1_024,
    });
  });

  it('know the aggregator’s memory, in the MB a function can have', () => {
    const variable = 'TRIBUTARY_AGGREGATOR_MEMORY_MB';
    const read = (value: string) => readCoordinatorSettings({ ...environment, [variable]: value });
    for (const value of ['128', '10240']) {
      expect(read(value).aggregatorMegabytes).toBe(Number(value));
    }
    for (const value of ['', '127', '10241', '512.5', 'much']) {
      const error = errorOf(() => read(value));
      expect(error).toMatchObject({ code: 'setting-malformed', detail: { variable } });
    }
  });

  it('may choose the Cognito mode, and keys without TLS on loopback', () => {
    const local = {
      ...environment,
      TRIBUTARY_TOKEN_MODE: 'cognito',
      TRIBUTARY_JWKS_URL: 'http://127.0.0.1:8080/jwks.json',
    };
    expect(readCoordinatorSettings(local)).toMatchObject({
      tokenMode: 'cognito',
      jwksUrl: new URL('http://127.0.0.1:8080/jwks.json'),
    });
  });

  it.each(Object.keys(environment))('name %s when it is missing or empty', (variable) => {
    for (const value of [undefined, '', ' ']) {
      const error = errorOf(() => readCoordinatorSettings({ ...environment, [variable]: value }));
      expect(error).toBeInstanceOf(DeploymentError);
      expect(error).toMatchObject({ code: 'setting-missing', detail: { variable } });
      expect((error as Error).message).toContain(variable);
    }
  });

  it('of the aggregator have defaults, and may be any time a queue can wait', () => {
    expect(readAggregatorSettings(environment)).toMatchObject({
      collectIntervalSeconds: 2,
      sweepPatienceSeconds: 30,
    });
    const chosen = {
      ...environment,
      TRIBUTARY_COLLECT_INTERVAL_SECONDS: '0',
      TRIBUTARY_SWEEP_PATIENCE_SECONDS: '900',
    };
    expect(readAggregatorSettings(chosen)).toMatchObject({
      collectIntervalSeconds: 0,
      sweepPatienceSeconds: 900,
    });
  });

  it.each(['-1', '901', 'soon', '', ' '])('of the aggregator are no time: %j', (value) => {
    for (const variable of [
      'TRIBUTARY_COLLECT_INTERVAL_SECONDS',
      'TRIBUTARY_SWEEP_PATIENCE_SECONDS',
    ]) {
      const error = errorOf(() => readAggregatorSettings({ ...environment, [variable]: value }));
      expect(error).toMatchObject({ code: 'setting-malformed', detail: { variable } });
    }
  });

  it.each([
    ['TRIBUTARY_SECRET', 's'.repeat(31)],
    ['TRIBUTARY_TASK_QUEUE_URL', 'tasks'],
    ['TRIBUTARY_JWKS_URL', 'file:///keys.json'],
    ['TRIBUTARY_JWKS_URL', 'http://issuer.example/jwks.json'],
    ['TRIBUTARY_TOKEN_MODE', 'Cognito'],
    ['TRIBUTARY_TOKEN_MODE', ''],
  ])('name %s when it is %j, without showing the value', (variable, value) => {
    const error = errorOf(() => readCoordinatorSettings({ ...environment, [variable]: value }));
    expect(error).toBeInstanceOf(DeploymentError);
    expect(error).toMatchObject({ code: 'setting-malformed', detail: { variable } });
    expect((error as Error).message).toContain(variable);
    if (value.length > 8) expect((error as Error).message).not.toContain(value);
  });
});

describe('Settings of a worker', () => {
  const worker = { TRIBUTARY_BUCKET: 'federation', TRIBUTARY_WORKER: 'alice' };

  it('are its bucket and id, and users where it is given an issuer', () => {
    expect(readWorkerSettings(worker)).toEqual({
      ...{ bucket: 'federation', worker: 'alice', identity: undefined, accelerator: 'wasm' },
    });
    const { taskQueueUrl, aggregatorMegabytes, bucket, ...identity } =
      readCoordinatorSettings(environment);
    expect(readWorkerSettings({ ...environment, ...worker }).identity).toEqual(identity);
  });

  it('name what is missing or malformed', () => {
    const codeOf = (change: Record<string, string | undefined>) =>
      errorOf(() => readWorkerSettings({ ...worker, ...change }));
    const missing = { code: 'setting-missing', detail: { variable: 'TRIBUTARY_SECRET' } };
    expect(codeOf({ TRIBUTARY_ISSUER: 'https://issuer.example' })).toMatchObject(missing);
    for (const [variable, value] of [
      ['TRIBUTARY_WORKER', 'a/b'],
      ['TRIBUTARY_ACCELERATOR', 'gpu'],
    ] as const) {
      const malformed = { code: 'setting-malformed', detail: { variable } };
      expect(codeOf({ [variable]: value })).toMatchObject(malformed);
    }
    expect(readWorkerSettings({ ...worker, TRIBUTARY_ACCELERATOR: 'tensorflow' })).toMatchObject({
      accelerator: 'tensorflow',
    });
  });
});
