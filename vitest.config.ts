import { defineConfig } from 'vitest/config';

const conditions = ['tributary-source', 'node', 'import', 'default'];

function project(name: string, testTimeoutMs: number) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: [`${name}/test/**/*.test.ts`],
      testTimeout: testTimeoutMs,
      env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      hookTimeout: 60_000,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project('client', 30_000),
      project('lambdas', 30_000),
      project('cdk', 60_000),
      project('infra-test', 120_000),
    ],
  },
});
