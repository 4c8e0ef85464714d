import { expect, test } from 'vitest';
import { reachableUrl } from '../../src/emulator/function-url.ts';

const AWS = 'https://abc123.lambda-url.us-east-1.on.aws/';

test('a host that only AWS has becomes a path of the emulator', () => {
  expect(reachableUrl(AWS, 'https://127.0.0.1:4566')).toBe(
    'https://127.0.0.1:4566/_aws/lambda-url/abc123/',
  );
});

test('AWS’s own URLs and those that resolve are left alone', () => {
  expect(reachableUrl(AWS, undefined)).toBe(AWS);
  const resolved = 'http://abc123.lambda-url.us-east-1.localhost.localstack.cloud:4566/';
  expect(reachableUrl(resolved, 'http://localhost:4566')).toBe(resolved);
});
