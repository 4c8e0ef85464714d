import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  EXCLUDED_OPERATIONS,
  OPERATIONS,
  TENSOR_METHODS,
} from '../../../src/protocol/commands/operations.generated.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../../../scripts/build-operations.mjs', import.meta.url));
const sources = fileURLToPath(new URL('../../../src/', import.meta.url));
const root = new URL('../../../../', import.meta.url);
const FILES = [
  'protocol/commands/operations.generated.ts',
  'pointers/pointer-operations.generated.ts',
];

describe('the committed tables', { timeout: 120_000 }, () => {
  it('are what the declarations of tfjs say', async () => {
    await expect(run(process.execPath, [script, '--check'])).resolves.toBeDefined();
  });

  it.each(FILES)('are found out when %s is not', async (altered) => {
    const folder = await mkdtemp(join(tmpdir(), 'operations-'));
    for (const name of FILES) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      const text = await readFile(join(sources, name), 'utf8');
      await writeFile(join(folder, name), name === altered ? `${text}// edited by hand\n` : text);
    }
    await expect(run(process.execPath, [script, '--check', folder])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('run `npm run build:operations`'),
    });
    await rm(folder, { recursive: true });
  });

  it('have functions of tfjs only, and find nothing but what they list', () => {
    for (const name of Object.keys(OPERATIONS)) {
      const found = name
        .split('.')
        .reduce<unknown>((holder, part) => (holder as Record<string, unknown>)[part], tf);
      expect(typeof found, name).toBe('function');
    }
    for (const name of [
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      'layers.add',
      'tensor',
    ]) {
      expect(OPERATIONS[name]).toBeUndefined();
      expect(TENSOR_METHODS[name]).toBeUndefined();
    }
    expect(Object.isFrozen(OPERATIONS)).toBe(true);
  });

  it('have every method of tensors that is one operation', () => {
    const prototype = tf.Tensor.prototype as unknown as Record<string, unknown>;
    for (const [name, { operation, self }] of Object.entries(TENSOR_METHODS)) {
      expect(typeof prototype[name], name).toBe('function');
      expect(OPERATIONS[operation]?.parameters.map((parameter) => parameter.name)).toContain(self);
    }
  });

  it.each([
    ['README.md', "$1 of TensorFlow.js's $2 operations", '$3 of them with exact gradients'],
    ['CHANGELOG.md', "$1 of TensorFlow.js's $2 operations", '$3 of them with exact gradients'],
    [
      'client/src/execution/operations/README.md',
      '$1 of the $2 operations of TensorFlow.js',
      '$3 of them have exact gradients',
    ],
  ])('are counted in %s, and so are those with gradients', async (name, ...wordings) => {
    const offered = Object.keys(OPERATIONS).length;
    const all = offered + Object.keys(EXCLUDED_OPERATIONS).length;
    const differentiable = Object.values(OPERATIONS).filter(
      ({ hasGradient }) => hasGradient,
    ).length;
    const text = await readFile(new URL(name, root), 'utf8');
    for (const wording of wordings) {
      const sentence = wording
        .replace('$1', String(offered))
        .replace('$2', String(all))
        .replace('$3', String(differentiable));
      expect(text).toContain(sentence);
    }
  });
});
