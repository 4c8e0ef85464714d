import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

/** Writes the program that functions' processes run into `directory`. @returns its path. */
export function writeBootstrap(directory: string): string {
  const source = readFileSync(fileURLToPath(new URL('./bootstrap.ts', import.meta.url)), 'utf8');
  // The synchronous call leaves no esbuild process behind.
  const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'node20' });
  const path = join(directory, 'bootstrap.mjs');
  writeFileSync(path, code);
  return path;
}
