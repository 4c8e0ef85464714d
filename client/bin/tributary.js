#!/usr/bin/env node
// In a clone the sources run as they are, through tsx; the published package has them compiled.
import { existsSync } from 'node:fs';
import { register } from 'node:module';

const source = new URL('../src/cli/main.ts', import.meta.url);
const compiled = new URL('../dist/cli/main.js', import.meta.url);

async function mainModule() {
  if (!existsSync(source)) return import(compiled.href);
  register('./source-condition.js', import.meta.url);
  const [esm, commonJs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  esm.register({ tsconfig: false });
  commonJs.register();
  return import(source.href);
}

const { main } = await mainModule();
await main(process.argv.slice(2));
