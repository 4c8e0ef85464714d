import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from '../../src/local-cloud/make-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'tributary-make-folder-'));

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('missing parents are made, and again is harmless', () => {
  const path = join(root, 'a', 'b', 'c');
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

test('a file in the way is an error, below it too', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow('EEXIST');
  expect(() => makeFolder(join(file, 'below'))).toThrow('ENOTDIR');
});

test('a parent that exists and can have no folders is an error, not a wait', () => {
  const dangling = join(root, 'dangling');
  symlinkSync(join(root, 'nowhere', 'at', 'all'), dangling);
  expect(() => makeFolder(join(dangling, 'below'))).toThrow('ENOENT');
});
