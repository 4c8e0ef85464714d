/**
 * The suite of a deployed federation: the same contract and end-to-end files as on the local cloud, and
 * those about deploying itself. `npm run test:localstack` and `npm run test:aws` run it.
 */
const conditions = ['tributary-source', 'node', 'import', 'default'];

export default {
  root: import.meta.dirname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/{contract,end-to-end}/**/*.test.ts', 'test/emulator/**/*.emulator.ts'],
    // The first needs fault switches in every test, the others a worker, which the stack doesn't have.
    exclude: ['test/end-to-end/kills.test.ts', 'test/end-to-end/remote-tensors*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
};
