/** What the steps of one round add up to. */
export interface RoundTotals {
  readonly round: number;
  readonly rounds: number;
  /** Devices that take part. */
  readonly clients: number;
}

/** Shows one round while it runs. */
export interface RoundProgress {
  /** @param share - Training finished over all devices, 0 … 1. */
  training(share: number): void;
  /** @param count - Devices whose update is uploaded. */
  uploaded(count: number): void;
  /** @param count - Devices that know what became of their update. */
  answered(count: number): void;
  /** Ends the display; harmless to repeat. */
  stop(): void;
}

/** Where the program speaks to its user. */
export interface Terminal {
  /** Prints whole lines. */
  print(text: string): void;
  startRound(totals: RoundTotals): RoundProgress;
}
