/** The suite in a real browser: `npm run test:browser`. It needs Chromium. */
import { join } from 'node:path';

const conditions = ['tributary-source', 'node', 'import', 'default'];

export default {
  root: import.meta.dirname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/browser/**/*.browser.ts'],
    // More browsers, and the functions of more clouds, would only wait for one another.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: [
      'default',
      ['json', { outputFile: join(import.meta.dirname, '../.cache/browser.json') }],
    ],
  },
};
