import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

declare module 'vitest' {
  interface ProvidedContext {
    /** True with `--mode thorough`: generated tests run with their full counts. */
    readonly thorough: boolean;
  }
}

const conditions = ['tributary-source', 'node', 'import', 'default'];

/** Tests that start programs, clouds or threads: seconds each. */
const PROGRAMS = [
  'client/test/examples/**/*.test.ts',
  'client/test/cli/{device-check,network,readme,story,usage}.test.ts',
  'client/test/pointers/lifetime.test.ts',
  'client/test/tfjs/digits/training-pool.test.ts',
];

/** Tests that replace modules, or what TensorFlow.js shares in a process. */
const SEPARATE = [
  'client/test/{proxy,gradients}/*.test.ts',
  'client/test/tfjs/{engine,engine-choice,kernels/kernels,trainability,two-copies}.test.ts',
  'client/test/execution/{batch/hostile-batches,operations/no-backend}.test.ts',
  'lambdas/test/worker/{hostile-events,native-accelerator}.test.ts',
];

interface Options {
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly testTimeout: number;
  /** False shares loaded modules between files: much faster where tests leave no state behind. */
  readonly isolate: boolean;
}

export default defineConfig(({ mode }) => {
  const project = (name: string, { include, exclude = [], ...options }: Options) => ({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      include: [...include],
      exclude: [...exclude],
      env: {
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        // Servers of tests are on loopback, whatever proxy this machine is behind.
        NO_PROXY: '127.0.0.1,localhost',
        no_proxy: '127.0.0.1,localhost',
      },
      provide: { thorough: mode === 'thorough' },
      hookTimeout: 120_000,
      ...options,
    },
  });

  return {
    test: {
      // One more than cores: many tests wait for deadlines.
      maxWorkers: availableParallelism() + 1,
      projects: [
        project('client', {
          include: ['client/test/**/*.test.ts'],
          exclude: [...PROGRAMS, ...SEPARATE],
          testTimeout: 120_000,
          isolate: false,
        }),
        project('lambdas', {
          include: ['lambdas/test/**/*.test.ts'],
          exclude: SEPARATE,
          testTimeout: 120_000,
          isolate: false,
        }),
        project('separate', { include: SEPARATE, testTimeout: 300_000, isolate: true }),
        project('cdk', {
          include: ['cdk/test/**/*.test.ts'],
          testTimeout: 120_000,
          isolate: false,
        }),
        project('programs', { include: PROGRAMS, testTimeout: 300_000, isolate: true }),
        project('infra-test', {
          include: ['infra-test/test/**/*.test.ts'],
          testTimeout: 300_000,
          isolate: true,
        }),
      ],
    },
  };
});
