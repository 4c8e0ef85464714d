import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FunctionLogs, LineReader, tailOf } from '../../../src/local-cloud/lambda/function-log.ts';

describe('LineReader', () => {
  it('passes on whole lines, with characters that were cut in two', () => {
    const passed: string[] = [];
    const reader = new LineReader((lines) => passed.push(lines));
    for (const byte of Buffer.from('ü\n€\nrest')) {
      reader.push(Buffer.of(byte));
    }
    expect(passed).toEqual(['ü\n', '€\n']);
    reader.flush();
    reader.flush();
    expect(passed).toEqual(['ü\n', '€\n', 'rest\n']);
    expect(reader.byteCount).toBe(11);
  });
});

describe('tailOf', () => {
  it('keeps the last 4 KiB, whole characters only', () => {
    expect(tailOf('short')).toBe('short');
    expect(tailOf(`${'a'.repeat(5_000)}z`)).toBe(`${'a'.repeat(4_095)}z`);
    expect(tailOf(`${'ü'.repeat(5_000)}z`)).toBe(`${'ü'.repeat(2_047)}z`);
  });
});

describe('FunctionLogs', () => {
  it('appends to one file per function, also over restarts, and not after its close', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'function-log-'));
    for (const text of ['one\n', 'two\n']) {
      const logs = new FunctionLogs(join(directory, 'logs'));
      logs.append('f', text);
      await logs.close();
      logs.append('f', 'late\n');
    }
    expect(readFileSync(join(directory, 'logs', 'f.log'), 'utf8')).toBe('one\ntwo\n');
    rmSync(directory, { recursive: true });
  });
});
