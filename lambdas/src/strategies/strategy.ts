import type { UpdateRules } from '@tributary/client/protocol';

/** One stretch of trained elements; every array has the same length. */
export interface ServerStep {
  /** Base version's weights on entry, the next version's on return; float32, mutated. */
  readonly weights: Float32Array;
  /** Weighted mean of the members' deltas; float32, not mutated. */
  readonly meanDelta: Float32Array;
  /** The strategy's own state by name; float64, zero before the first round, mutated. */
  readonly state: Readonly<Record<string, Float64Array>>;
}

/** What a strategy may know when it decides whether collection is over. */
export interface CollectionProgress {
  /** Updates with a valid header so far. */
  readonly validUpdates: number;
  readonly goal: number;
}

/** One option of a strategy: its allowed range and what it is without one. */
export interface StrategyOption {
  readonly default: number;
  /** Inclusive. */
  readonly min: number;
  /** Inclusive. */
  readonly max: number;
}

export type StrategyOptions = Readonly<Record<string, number>>;

/**
 * Pure policy: how updates combine, how the server steps, when a round may close. Strategies do f64
 * arithmetic with + − × ÷ √ only, because anything else differs between engines.
 */
export interface Strategy {
  readonly name: string;
  readonly options: Readonly<Record<string, StrategyOption>>;
  /** Names of the float64 arrays kept from version to version; empty for a stateless strategy. */
  readonly stateNames: readonly string[];
  /** Integer a member's delta is multiplied with; 1 … 2^24. */
  weightOf(exampleCount: number, rules: UpdateRules): number;
  /** True ends collection before the deadline. */
  mayClose(progress: CollectionProgress): boolean;
  /** Takes the server step in place, over trained elements only. */
  step(input: ServerStep, options: StrategyOptions): void;
}
