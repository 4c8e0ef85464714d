import type { Progress } from '@tributary/client';
import type { RoundProgress } from './terminal-progress.ts';

/** Adds up what the devices of one round report, and shows it. */
export class RoundTally {
  readonly #trained: number[];
  readonly #progress: RoundProgress;
  #uploadedBytes = 0;
  #uploaded = 0;
  #answered = 0;

  constructor(clients: number, progress: RoundProgress) {
    this.#trained = new Array<number>(clients).fill(0);
    this.#progress = progress;
  }

  /** Bytes of all finished uploads. */
  get uploadedBytes(): number {
    return this.#uploadedBytes;
  }

  /** @param client - Number of the client within the round, from 0. */
  report(client: number, { phase, done, total }: Progress): void {
    if (phase === 'training') this.#showTraining(client, done / total);
    if (phase === 'upload' && done === total) {
      // A device that trained nothing tells nothing of it; what it uploads ends its training.
      this.#showTraining(client, 1);
      this.#uploadedBytes += total;
      this.#uploaded += 1;
      this.#progress.uploaded(this.#uploaded);
    }
  }

  #showTraining(client: number, share: number): void {
    this.#trained[client] = share;
    const sum = this.#trained.reduce((total, one) => total + one, 0);
    this.#progress.training(sum / this.#trained.length);
  }

  /** One more client knows its outcome. */
  answer(): void {
    this.#answered += 1;
    this.#progress.answered(this.#answered);
  }
}
