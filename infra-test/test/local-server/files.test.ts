import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { assertReplaceable, CONFIG_FILE, FilesExistError } from '../../src/local-server/files.ts';
import { serveFederation } from '../../src/local-server/serve-federation.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-files-'));
  const made = folder;
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
});

test('a tributary.json of another federation stays, and nothing is started', async () => {
  const theirs = '{"coordinatorUrl":"https://a.test/"}';
  writeFileSync(join(folder, CONFIG_FILE), theirs);
  await expect(serveFederation({ folder, devices: ['ada'] })).rejects.toThrow(FilesExistError);
  expect(readdirSync(folder)).toEqual([CONFIG_FILE]);
  expect(readFileSync(join(folder, CONFIG_FILE), 'utf8')).toBe(theirs);
});

test('one that a killed local cloud left behind is replaced', () => {
  expect(() => assertReplaceable(folder)).not.toThrow();
  const left = JSON.stringify({ endpoint: 'http://127.0.0.1:4566' }, null, 2);
  writeFileSync(join(folder, CONFIG_FILE), left);
  expect(() => assertReplaceable(folder)).not.toThrow();
});

test('objects that are kept are found by the federation of the next start', async () => {
  const data = join(folder, 'data');
  const options = { folder, dataDirectory: data, devices: ['ada'] };
  const first = await serveFederation(options);
  expect(first.files).toEqual(['tributary.json', 'local-cloud.env', 'ada.jwt']);
  const secret = readFileSync(join(data, 'federation.secret'), 'utf8');
  await first.close();
  expect(readdirSync(folder)).toEqual(['data']);
  const second = await serveFederation(options);
  expect(readFileSync(join(data, 'federation.secret'), 'utf8')).toBe(secret);
  await second.close();
});
