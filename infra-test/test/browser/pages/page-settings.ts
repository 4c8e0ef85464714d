import type { EngineOptions } from '@tributary/client/tfjs';

/** What a test's page is told in its address. */
export interface PageSettings extends EngineOptions {
  readonly coordinatorUrl: string;
  /** Absent for a page that only starts its engine. */
  readonly model?: string | undefined;
  readonly deviceId: string;
  /** True never ends training, for pages that are closed before. @default false */
  readonly hangs?: boolean | undefined;
  /** Metrics that training reports besides its own, as texts of numbers. @default none */
  readonly metrics?: Readonly<Record<string, string>> | undefined;
  /** True makes the model with a second copy of TensorFlow.js, as a script tag loads it. @default false */
  readonly hasSecondCopy?: boolean | undefined;
}

/** What came of a page's participation. */
export interface PageReport {
  /** Kind of the outcome, or the error's code. */
  readonly kind: string;
  /** The outcome, or the error's message. */
  readonly text: string;
  /** Notices told on the way. */
  readonly notices: readonly string[];
  /** Waits told on the way. */
  readonly waits: readonly string[];
}

/** Under this name a page counts the trainings of all its lives. */
export const TRAININGS = 'trainings';
