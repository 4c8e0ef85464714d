import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const HERE = new URL('./', import.meta.url);
const ROOT = new URL('../../../', import.meta.url);

const text = readFileSync(new URL('README.md', HERE), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.slice(2, -2).split(' | '));
const contract = readdirSync(new URL('contract', HERE)).flatMap((file) => titlesOf(pathOf(file)));

/** Titles of a file's tests. */
function titlesOf(file: string): string[] {
  const source = readFileSync(new URL(file, file.startsWith('client/') ? ROOT : HERE), 'utf8');
  const found = [...source.matchAll(/\bit(?:\.each)?\(\s*(['"`])(.+?)\1,/g)];
  const tables = [...source.matchAll(/\]\)\(\s*(['"`])(.+?)\1,/g)];
  return [...found, ...tables].map(([, , title = '']) => title);
}

function pathOf(file: string): string {
  return file.startsWith('client/') || file.includes('.test.') ? file : `contract/${file}`;
}

/** Tests that a cell quotes, each with the file before it. */
function quotedBy(cell: string): { readonly file: string; readonly name: string }[] {
  let file = '';
  return [...cell.matchAll(/`([\w/.-]+\.ts)`|“(.+?)”/g)].flatMap(([, path, name]) => {
    file = path ?? file;
    return name === undefined ? [] : [{ file, name }];
  });
}

function isNamed(name: string, titles: readonly string[]): boolean {
  const parts = name.split('…').map((part) => escaped(part.trim()));
  return titles.some((title) => new RegExp(`^${parts.join('.*')}$`).test(title));
}

function escaped(part: string): string {
  return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe('the table of the reference’s behaviours', () => {
  it('has two cells in each row, and a reason or a test in the second', () => {
    expect(rows.length).toBeGreaterThan(60);
    for (const row of rows) {
      expect(row).toHaveLength(2);
      expect(row[1]).toMatch(/^none: [\w`]|“|\bP\d\d\b|first program|^this suite|\.test\.ts`/);
    }
  });

  it.each(rows)('names tests that there are: %s', (_, cell = '') => {
    for (const { file, name } of quotedBy(cell)) {
      expect(isNamed(name, titlesOf(pathOf(file))), `${name} of ${file}`).toBe(true);
    }
    for (const [, path = ''] of cell.matchAll(/`([\w/.-]+\.ts)`/g)) {
      expect(titlesOf(pathOf(path)).length, path).toBeGreaterThan(0);
    }
    for (const [id] of cell.matchAll(/\bP\d\d\b/g)) {
      expect(
        contract.some((title) => title.startsWith(`${id} `)),
        id,
      ).toBe(true);
    }
  });
});

describe('the contract', () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  it.each(numbers(22).map((number) => `P${String(number).padStart(2, '0')}`))('has %s', (id) => {
    expect(contract.filter((title) => title.startsWith(`${id} `))).not.toEqual([]);
  });

  it('has each of the twenty first programs', () => {
    const heads = contract.flatMap((title) => /^([\d, and]+): /.exec(title)?.[1] ?? []);
    const found = heads.flatMap((head) => head.match(/\d+/g) ?? []).map(Number);
    expect(found.sort((a, b) => a - b)).toEqual(numbers(20));
  });
});
