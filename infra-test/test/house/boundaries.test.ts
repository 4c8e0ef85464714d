import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['client/src/protocol', 'node:fs'],
  ['client/src/protocol', '@aws-sdk/client-lambda'],
  ['client/src/protocol/deployment', 'aws-cdk-lib'],
  ['client/src/protocol/deployment', '../../device/device.ts'],
  ['client/src/protocol/objects', '../../device/device.ts'],
  ['client/src/device', '@aws-sdk/client-lambda'],
  ['client/src/device', 'node:crypto'],
  ['client/src/federation', '@tributary/lambdas'],
  ['client/src', './cli/main.ts'],
  ['client/src/device', '../cli/output.ts'],
  ['client/src/federation', '../cli/output.ts'],
  ['client/src/tfjs', '@tributary/infra-test/local-cloud'],
  ['cdk/src', '@tributary/lambdas'],
  ['cdk/src', '../../lambdas/src/coordinator/handler.ts'],
  ['cdk/bin', '@tributary/infra-test'],
  ['cdk/src/bundles', 'aws-cdk-lib'],
  ['cdk/src/bundles', '@tributary/lambdas'],
  ['infra-test/src/deployment', 'aws-cdk-lib'],
  ['infra-test/src/deployment', '@tributary/cdk'],
  ['lambdas/src/steps', '@tributary/infra-test'],
  ['lambdas/src/planning', '@aws-sdk/client-s3'],
  ['lambdas/src/aggregation', '../storage/object-store.ts'],
  ['lambdas/src/strategies', 'node:fs'],
];

const ALLOWED: readonly (readonly [string, string])[] = [
  ['cdk/src', 'aws-cdk-lib/aws-s3'],
  ['cdk/src', '@tributary/client/protocol'],
  ['cdk/src', '@tributary/client/deployment'],
  ['lambdas/src', '@tributary/client/deployment'],
  ['infra-test/src/deployment', '@tributary/client/deployment'],
  ['infra-test/src/deployment', '@tributary/cdk/bundles'],
  ['client/src/protocol', 'zod'],
  ['client/src/protocol/objects', '../limits.ts'],
  ['client/src/federation', '@aws-sdk/client-lambda'],
  ['client/src/cli/commands', '../output.ts'],
  ['client/src/cli', './commands/init.ts'],
  ['lambdas/src/planning', '../aggregation/fixed-point.ts'],
];

const HIDDEN_INPUTS = [
  'Date.now()',
  'new Date()',
  'Math.random()',
  'performance.now()',
  'randomUUID()',
  'process.env',
];

/** A tree of planted files under the project's own lint configuration, linted once. */
class PlantedTree {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tributary-planted-'));
  readonly #paths = new Map<string, string>();
  #diagnostics: { category: string; message: string; path: string }[] = [];

  plant(folder: string, text: string): void {
    const path = `${folder}/planted-${this.#paths.size}.ts`;
    this.#paths.set(`${folder} ${text}`, path);
    mkdirSync(join(this.#folder, folder), { recursive: true });
    writeFileSync(join(this.#folder, path), text);
  }

  lint(): void {
    for (const file of ['biome.json', 'scripts/no-hidden-inputs.grit']) {
      mkdirSync(dirname(join(this.#folder, file)), { recursive: true });
      copyFileSync(join(root, file), join(this.#folder, file));
    }
    const biome = join(root, 'node_modules/.bin/biome');
    const parameters = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none'];
    const { stdout } = spawnSync(biome, parameters, { cwd: this.#folder, encoding: 'utf8' });
    const report = JSON.parse(stdout.slice(stdout.indexOf('{')));
    this.#diagnostics = report.diagnostics.map(
      (found: { category: string; message: unknown; location: { path: unknown } }) => ({
        category: found.category,
        message: JSON.stringify(found.message),
        path: JSON.stringify(found.location.path),
      }),
    );
  }

  found(folder: string, text: string): { category: string; message: string }[] {
    const path = this.#paths.get(`${folder} ${text}`);
    if (path === undefined) throw new Error(`Nothing is planted in ${folder}`);
    return this.#diagnostics.filter((diagnostic) => diagnostic.path.includes(path));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

const importing = (specifier: string): string =>
  `import { thing } from '${specifier}';\nexport const used: unknown = thing;\n`;

const reading = (expression: string): string =>
  `export function hidden(): unknown {\n  return ${expression};\n}\n`;

const tree = new PlantedTree();

beforeAll(() => {
  for (const [folder, specifier] of [...FORBIDDEN, ...ALLOWED])
    tree.plant(folder, importing(specifier));
  for (const expression of HIDDEN_INPUTS) {
    for (const folder of ['lambdas/src/planning', 'lambdas/src/steps'])
      tree.plant(folder, reading(expression));
  }
  tree.lint();
});
afterAll(() => tree.remove());

describe('the linter keeps the boundaries', () => {
  it.each(FORBIDDEN)('%s may not import %s', (folder, specifier) => {
    const categories = tree.found(folder, importing(specifier)).map(({ category }) => category);
    expect(categories).toContain('lint/style/noRestrictedImports');
  });

  it.each(ALLOWED)('%s may import %s', (folder, specifier) => {
    const categories = tree.found(folder, importing(specifier)).map(({ category }) => category);
    expect(categories).not.toContain('lint/style/noRestrictedImports');
  });
});

describe('pure folders', () => {
  it.each(HIDDEN_INPUTS)('may not read %s, other folders may', (expression) => {
    const inPure = tree.found('lambdas/src/planning', reading(expression));
    expect(inPure.map(({ category }) => category)).toContain('plugin');
    const inSteps = tree.found('lambdas/src/steps', reading(expression));
    expect(inSteps.map(({ category }) => category)).not.toContain('plugin');
  });
});
