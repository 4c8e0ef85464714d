import { defineConfig } from 'vitest/config';

const conditions = ['tributary-source', 'node', 'import', 'default'];

function project(name: string, testTimeoutMs: number, { isolate = true } = {}) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: [`${name}/test/**/*.test.ts`],
      testTimeout: testTimeoutMs,
      env: {
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        // Servers of tests are on loopback, whatever proxy this machine is behind.
        NO_PROXY: '127.0.0.1,localhost',
        no_proxy: '127.0.0.1,localhost',
      },
      hookTimeout: 60_000,
      isolate,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project('client', 30_000),
      project('lambdas', 30_000),
      // The construct library takes seconds to load and its tests share no state.
      project('cdk', 60_000, { isolate: false }),
      project('infra-test', 120_000),
    ],
  },
});
