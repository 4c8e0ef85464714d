import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as limits from '../../src/protocol/limits.ts';
import { brokenLinks, wrongExamples, wrongLimits } from './readme-checks.ts';

const FOLDER = new URL('../../src/protocol/', import.meta.url);
const README = readFileSync(new URL('README.md', FOLDER), 'utf8');

function read(target: string): string | undefined {
  const url = new URL(target, FOLDER);
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return listed(url);
  }
}

function listed(url: URL): string | undefined {
  try {
    return readdirSync(url).join('\n');
  } catch {
    return undefined;
  }
}

describe('the normative description', () => {
  it('has no broken link', () => {
    expect(brokenLinks(README, read)).toEqual([]);
  });

  it('shows every example as the fixtures fix it', () => {
    expect(wrongExamples(README, read)).toEqual([]);
    expect(README.match(/^```json$/gm)?.length).toBeGreaterThan(30);
  });

  it('speaks of every fixture', () => {
    const fixtures = new URL('../../test/protocol/fixtures/', FOLDER);
    const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.includes('.'))) {
      expect(README).toContain(`](../../test/protocol/fixtures/${file})`);
    }
  });

  it('has every limit with its value', () => {
    expect(wrongLimits(README, limits)).toEqual([]);
  });

  it('has every code that this folder gives', () => {
    const cwd = fileURLToPath(FOLDER);
    const sources = readdirSync(cwd, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));
    const codes = sources.flatMap((source) =>
      [...source.matchAll(/\b(?:code|malformedCode): '([a-z-]+)'/g)].map(([, code]) => code),
    );
    expect(new Set(codes).size).toBeGreaterThan(30);
    for (const code of codes) expect(README).toContain(`\`${code}\``);
  });
});

describe('the checks of the description', () => {
  const files: Readonly<Record<string, string>> = { 'a.json': '{"a":{"b":1},"c":[2]}' };
  const readPlanted = (target: string) => files[target];

  it('notice links that lead nowhere', () => {
    const text =
      '# A heading: `x`\n# Twice\n# Twice\n[a](a.json) [b](b.json) [c](#a-heading-x) [d](#twice-1) [e](#none)';
    expect(brokenLinks(text, readPlanted)).toEqual(['b.json', '#none']);
  });

  it('notice an example with another value, a missing or an invented member', () => {
    const example = (json: string) => `[a](a.json)\n\`\`\`json\n${json}\n\`\`\`\n`;
    expect(wrongExamples(example('{"a":"…","c":[2]}'), readPlanted)).toEqual([]);
    for (const json of [
      '{"a":{"b":2},"c":[2]}',
      '{"c":[2]}',
      '{"a":"…","c":[2],"d":"…"}',
      '{"a":"…","c":[]}',
    ]) {
      expect(wrongExamples(example(json), readPlanted)).toHaveLength(1);
    }
  });

  it('notice a limit that is missing, invented or of another value', () => {
    const text = '| `A_MAX` | 1,000 |\n| `B_MAX` | 2 |\n| `D_MAX` | 4 |';
    expect(wrongLimits(text, { A_MAX: 1000, B_MAX: 3, C_MAX: 5 })).toEqual([
      'B_MAX',
      'C_MAX',
      'D_MAX',
    ]);
  });
});
