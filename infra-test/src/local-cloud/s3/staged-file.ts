import { closeSync, openSync, writevSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';

/** Bytes held in memory before they are written; an object below this costs one write. */
const BUFFERED_BYTES_MAX = 1 << 20;

/** A file in the making, outside the bucket's listing until it is renamed into it. */
export interface StagedFile {
  readonly path: string;
  append(chunk: Buffer): Promise<void>;
  /** Writes what is buffered, then `footer`, and closes the file. */
  finish(footer: Buffer): Promise<void>;
  /** Removes the file. */
  discard(): Promise<void>;
}

/** Begins a file at `path`; nothing is created before the first write. */
export function stageFile(path: string): StagedFile {
  let handle: FileHandle | undefined;
  let buffered: Buffer[] = [];
  let bufferedBytes = 0;

  const flush = async (): Promise<void> => {
    handle ??= await open(path, 'wx');
    const batch = buffered;
    buffered = [];
    bufferedBytes = 0;
    await writeAll(handle, batch);
  };
  return {
    path,
    async append(chunk) {
      buffered.push(chunk);
      bufferedBytes += chunk.length;
      if (bufferedBytes >= BUFFERED_BYTES_MAX) {
        await flush();
      }
    },
    async finish(footer) {
      buffered.push(footer);
      if (handle === undefined) {
        writeSmallFile(path, buffered);
        return;
      }
      await flush();
      await handle.close();
      handle = undefined;
    },
    async discard() {
      await handle?.close();
      handle = undefined;
      await rm(path, { force: true });
    },
  };
}

/** Small files are written in place: three short system calls cost less than three thread hops. */
function writeSmallFile(path: string, parts: readonly Buffer[]): void {
  const descriptor = openSync(path, 'wx');
  try {
    const bytes = parts.length === 1 ? parts : [Buffer.concat(parts)];
    writevSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

async function writeAll(handle: FileHandle, parts: readonly Buffer[]): Promise<void> {
  const bytes = Buffer.concat(parts);
  let written = 0;
  while (written < bytes.length) {
    const result = await handle.write(bytes, written, bytes.length - written);
    written += result.bytesWritten;
  }
}
