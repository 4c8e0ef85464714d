/**
 * The suite of a deployed federation: the same contract and end-to-end files as on the local cloud, and
 * those about deploying itself. `npm run test:localstack` and `npm run test:aws` run it.
 */
const conditions = ['tributary-source', 'node', 'import', 'default'];

/** Why, `src/emulator/suite.ts` says aloud. */
const NOT_RUN = [
  ...['kills', 'hostile-headers'],
  ...(process.env['AWS_ENDPOINT_URL'] === undefined ? [] : ['thousand']),
];

export default {
  root: import.meta.dirname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/{contract,end-to-end}/**/*.test.ts', 'test/emulator/**/*.emulator.ts'],
    exclude: NOT_RUN.map((name) => `test/end-to-end/${name}.test.ts`),
    maxWorkers: 3,
    testTimeout: 300_000,
    // Emptying a worker of thousands of objects takes an emulator a minute.
    hookTimeout: 300_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
};
