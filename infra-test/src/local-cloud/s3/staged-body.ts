import { type FileHandle, open, rm } from 'node:fs/promises';

/** Largest body that is kept in the log, in bytes; a larger one gets a file of its own. */
export const LOG_BODY_BYTES_MAX: number = 1 << 20;

/** A body on its way in: in memory while it is small, else in a file outside the bucket's index. */
export interface StagedBody {
  append(chunk: Buffer): Promise<void>;
  /** Ends the body: its parts when it is small, else nothing and the file is whole. */
  finish(): Promise<readonly Buffer[] | undefined>;
  /** Removes the file, if there is one. */
  discard(): Promise<void>;
}

/** Begins a body that goes to `path` should it grow large. */
export function stageBody(path: string): StagedBody {
  let handle: FileHandle | undefined;
  let buffered: Buffer[] = [];
  let bufferedBytes = 0;

  const flush = async (): Promise<void> => {
    handle ??= await open(path, 'wx');
    const batch = Buffer.concat(buffered);
    buffered = [];
    bufferedBytes = 0;
    for (let written = 0; written < batch.length; ) {
      written += (await handle.write(batch, written)).bytesWritten;
    }
  };
  return {
    async append(chunk) {
      buffered.push(chunk);
      bufferedBytes += chunk.length;
      if (bufferedBytes > LOG_BODY_BYTES_MAX) {
        await flush();
      }
    },
    async finish() {
      if (handle === undefined) {
        return buffered;
      }
      await flush();
      await handle.close();
      return undefined;
    },
    async discard() {
      if (handle !== undefined) {
        await handle.close().catch(() => undefined);
        await rm(path, { force: true });
      }
    },
  };
}
