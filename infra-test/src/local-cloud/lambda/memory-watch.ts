import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How often running processes are looked at, in milliseconds. */
const INTERVAL_MS = 50;

/** A process whose memory is bounded. */
export interface WatchedProcess {
  readonly pid: number | undefined;
  /** Told the memory it has or had, in bytes. */
  noteMemory(bytes: number): void;
}

/** Measures the resident memory of processes while they are busy. */
export class MemoryWatch {
  readonly #watched = new Set<WatchedProcess>();
  #timer: NodeJS.Timeout | undefined;
  #isMeasuring = false;

  /** Measures from now on. */
  add(watched: WatchedProcess): void {
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#measure(), INTERVAL_MS);
  }

  /** Stops measuring. */
  delete(watched: WatchedProcess): void {
    this.#watched.delete(watched);
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #measure(): void {
    if (process.platform === 'linux') {
      for (const watched of this.#watched) {
        watched.noteMemory(readPeakMemory(watched.pid) ?? 0);
      }
    } else if (!this.#isMeasuring) {
      this.#isMeasuring = true;
      this.#measureByPs();
    }
  }

  #measureByPs(): void {
    const pids = [...this.#watched].map(({ pid }) => pid).join(',');
    execFile('ps', ['-o', 'pid=,rss=', '-p', pids], (_error, stdout) => {
      this.#isMeasuring = false;
      const kibibytes = new Map(
        stdout.split('\n').map((line) => {
          const [pid, size] = line.trim().split(/\s+/).map(Number);
          return [pid, size ?? 0];
        }),
      );
      for (const watched of this.#watched) {
        watched.noteMemory((kibibytes.get(watched.pid) ?? 0) * 1_024);
      }
    });
  }
}

/**
 * Most resident memory a process ever had, in bytes: heap, ArrayBuffers and WebAssembly alike.
 *
 * @returns undefined where the kernel doesn't tell, or the process is gone.
 */
export function readPeakMemory(pid: number | undefined): number | undefined {
  if (process.platform !== 'linux') {
    return undefined;
  }
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
  } catch {
    return undefined;
  }
}
