import { expect, onTestFinished, test } from 'vitest';
import { enterAwsEnvironment } from '../../src/local-federation/aws-environment.ts';

test('the AWS environment is replaced whole and comes back', () => {
  process.env['AWS_PROFILE'] = 'mine';
  onTestFinished(() => {
    delete process.env['AWS_PROFILE'];
  });
  const leave = enterAwsEnvironment({ AWS_REGION: 'us-east-1' });
  expect(process.env['AWS_PROFILE']).toBeUndefined();
  expect(process.env['AWS_REGION']).toBe('us-east-1');
  leave();
  expect(process.env['AWS_PROFILE']).toBe('mine');
  expect(process.env['AWS_REGION']).toBeUndefined();
});
