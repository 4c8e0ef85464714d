import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Programs that the README shows, and how many lines they say they print. */
const EXAMPLES = [
  ['client/examples/smallest/main.ts', 2],
  ['client/examples/remote-tensors/main.ts', 3],
] as const;

const LOADER = ['-C', 'tributary-source', '--import', 'tsx'];

/** Every Markdown file of the repository. */
function markdownFiles(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', '.git', '.cache', '.tributary', 'dist'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownFiles(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

/** Relative links of a Markdown text that lead nowhere. */
function brokenLinks(text: string, folder: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ([, link]) => link ?? '',
  );
  return links.filter((link) => !existsSync(join(root, folder, link)));
}

describe('README', () => {
  it.each(EXAMPLES.map(([example]) => example))('shows %s as it is', (example) => {
    const snippets = [...read('README.md').matchAll(/```ts\n([\s\S]*?)```/g)].map(
      ([, code]) => code,
    );
    expect(snippets).toContain(read(example));
  });

  it.each(EXAMPLES)('shows %s, which does what its comments say', async (example, lineCount) => {
    const { stdout } = await promisify(execFile)(process.execPath, [...LOADER, example], {
      cwd: root,
    });
    const said = [...read(example).matchAll(/console\.log\(.*\); \/\/ (.*)\n/g)].map(
      ([, line]) => line,
    );
    expect(stdout.trim().split('\n')).toEqual(said);
    expect(said).toHaveLength(lineCount);
  });

  it.each(['README.md', 'CONTRIBUTING.md'])('%s names only commands that exist', (path) => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...read(path).matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
    expect(named.length).toBeGreaterThan(3);
  });

  it('of the examples lists each of them', () => {
    const text = read('client/examples/README.md');
    const folder = join(root, 'client/examples');
    const names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || /^\d/.test(entry.name))
      .map(({ name }) => name);
    expect(names.filter((name) => !text.includes(`(${name}`))).toEqual([]);
    expect(names.length).toBeGreaterThan(7);
  });
});

describe('relative links', () => {
  it.each(markdownFiles())('of %s lead somewhere', (path) => {
    expect(brokenLinks(read(path), dirname(path))).toEqual([]);
  });

  it('are found broken where one is planted', () => {
    expect(brokenLinks('see [this](client/nowhere.md) and [that](README.md#map)', '.')).toEqual([
      'client/nowhere.md',
    ]);
  });
});
