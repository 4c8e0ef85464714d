import { expect, test } from 'vitest';
import { spareLoopback } from '../../src/local-federation/spare-loopback.ts';

const HTTP_PROXY = 'http://proxy.example:8080';

test.each([
  [{ HTTP_PROXY }, { HTTP_PROXY, NO_PROXY: '127.0.0.1,localhost' }],
  [
    { https_proxy: HTTP_PROXY, NO_PROXY: '.corp' },
    { https_proxy: HTTP_PROXY, NO_PROXY: '.corp,127.0.0.1,localhost' },
  ],
  [
    { HTTP_PROXY, no_proxy: '.corp', NO_PROXY: 'other' },
    { HTTP_PROXY, no_proxy: '.corp,127.0.0.1,localhost', NO_PROXY: 'other' },
  ],
  [{ NO_PROXY: '.corp' }, { NO_PROXY: '.corp' }],
])('of %j the local cloud makes %j, and puts it back', (given, expected) => {
  const environment: Record<string, string | undefined> = { ...given };
  const putBack = spareLoopback(environment);
  expect(environment).toEqual(expected);
  putBack();
  expect(environment).toEqual(given);
});
