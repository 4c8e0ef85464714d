/**
 * Compares the protocol's reader of safetensors with the reference implementation on odd files. The one
 * argument is a Python with safetensors and numpy.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeSafetensors, ObjectInvalidError } from '@tributary/client/protocol';
import { DIFFERENCES, type Difference } from './differences.ts';

/** What a reader makes of a file. */
interface Reading {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, object>>;
}

/** How the two readers differ on a file. */
interface Found {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

const SCRIPT = fileURLToPath(new URL('odd_files.py', import.meta.url));

const [python] = process.argv.slice(2);
if (python === undefined)
  throw new Error('Name the Python: compare-files.ts .cache/python/bin/python');

const folder = await mkdtemp(join(tmpdir(), 'tributary-odd-files-'));
try {
  await promisify(execFile)(python, [SCRIPT, folder]);
  const verdicts = await readVerdicts();
  const found = (await Promise.all(verdicts.map(compare))).flat();
  const faults = [...found.flatMap(unexpected), ...DIFFERENCES.flatMap((row) => stale(row, found))];
  if (faults.length > 0) throw new Error(`Readers differ:\n${faults.join('\n')}`);
  process.stdout.write(
    `${verdicts.length} odd files: read as the reference reads them but for ${found.length}, which differ on purpose\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function readVerdicts(): Promise<readonly (readonly [string, Reading | null])[]> {
  const json = await readFile(join(folder, 'verdicts.json'), 'utf8');
  return Object.entries(JSON.parse(json));
}

async function compare([name, reference]: readonly [string, Reading | null]): Promise<Found[]> {
  const file = await readFile(join(folder, `${name}.safetensors`));
  try {
    const reading = read(file);
    if (reference === null) return [{ name, code: undefined, message: 'is taken' }];
    deepStrictEqual(reading, reference, `File ${name} is read as other content`);
    return [];
  } catch (error) {
    if (!(error instanceof ObjectInvalidError)) throw error;
    const { code, message } = error;
    return reference === null ? [] : [{ name, code, message }];
  }
}

function read(file: Uint8Array): Reading {
  const { metadata, tensors } = decodeSafetensors(file);
  const entries = tensors.map(({ name, dtype, shape, data }) => {
    const content = { dtype, shape: shape.map(String), data: Buffer.from(data).toString('hex') };
    return [name, content] as const;
  });
  return { metadata, tensors: Object.fromEntries(entries) };
}

/** A refusal of what others take has to say so, or its reader looks for a fault that is none elsewhere. */
function unexpected({ name, code, message }: Found): string[] {
  const row = DIFFERENCES.find(({ cases }) => cases.test(name));
  if (row === undefined || row.code !== code) return [`${name}: ${code ?? ''} ${message}`];
  const isSaid = code === undefined || message.includes('readers');
  return isSaid ? [] : [`${name}: the message names no other readers: ${message}`];
}

function stale({ cases, why }: Difference, found: readonly Found[]): string[] {
  return found.some(({ name }) => cases.test(name)) ? [] : [`${cases}: no longer differs (${why})`];
}
