import { describeValue } from '../../protocol/json-fault.ts';
import { assertOptionNames, type OptionNames } from '../../protocol/option-names.ts';
import { bindMethods, guard } from '../habits/guard.ts';
import { OPTIMIZERS, OPTION_HABITS } from '../habits/training-habits.ts';
import { PointerMisuseError } from '../misuse.ts';
import { TensorHandle } from '../tensor-handle.ts';
import type { TensorHook } from '../tensor-hook.ts';
import { positive, RemoteOptimizer } from './optimizer.ts';
import { adamRule, momentumRule, SGD } from './update-rule.ts';

/** Settings of `hook.train.sgd`. */
export interface SgdOptions {
  readonly learningRate: number;
}

/** Settings of `hook.train.momentum`. */
export interface MomentumOptions {
  readonly learningRate: number;
  /** From 0 to below 1. */
  readonly momentum: number;
  /** @default false */
  readonly useNesterov?: boolean | undefined;
}

/** Settings of `hook.train.adam`; the defaults are TensorFlow.js's. */
export interface AdamOptions {
  /** @default 0.001 */
  readonly learningRate?: number | undefined;
  /** From 0 to below 1. @default 0.9 */
  readonly beta1?: number | undefined;
  /** From 0 to below 1. @default 0.999 */
  readonly beta2?: number | undefined;
  /** @default 1e-7 */
  readonly epsilon?: number | undefined;
}

/**
 * Optimizers for parameters at workers, called as those of `tf.train`, or with options by name. They
 * compute what TensorFlow.js's own do, where the parameters are.
 */
export class RemoteOptimizers {
  readonly #hook: TensorHook;

  /** @internal */
  constructor(hook: TensorHook) {
    this.#hook = hook;
    bindMethods(this);
  }

  /**
   * Stochastic gradient descent.
   *
   * @throws TypeError for options that are not positive numbers, or unknown.
   */
  sgd(options: number | SgdOptions): RemoteOptimizer {
    const named = typeof options === 'number' ? { learningRate: options } : options;
    checkOptions('sgd', named, { learningRate: true });
    return new RemoteOptimizer(this.#hook, SGD, named.learningRate);
  }

  /** Gradient descent with momentum, or Nesterov's. */
  momentum(learningRate: number, momentum: number, useNesterov?: boolean): RemoteOptimizer;
  momentum(options: MomentumOptions): RemoteOptimizer;
  momentum(
    first: number | MomentumOptions,
    second?: number,
    useNesterov?: boolean,
  ): RemoteOptimizer {
    const options =
      typeof first === 'number'
        ? { learningRate: first, momentum: second as number, useNesterov }
        : first;
    const names = { learningRate: true, momentum: true, useNesterov: true } as const;
    checkOptions('momentum', options, names);
    const rule = momentumRule({
      momentum: fraction('momentum', options.momentum),
      useNesterov: truthValue('useNesterov', options.useNesterov ?? false),
    });
    return new RemoteOptimizer(this.#hook, rule, options.learningRate);
  }

  /** Adam. */
  adam(learningRate?: number, beta1?: number, beta2?: number, epsilon?: number): RemoteOptimizer;
  adam(options: AdamOptions): RemoteOptimizer;
  adam(
    first?: number | AdamOptions,
    second?: number,
    third?: number,
    fourth?: number,
  ): RemoteOptimizer {
    const options: AdamOptions =
      typeof first === 'object'
        ? first
        : { learningRate: first, beta1: second, beta2: third, epsilon: fourth };
    const names = { learningRate: true, beta1: true, beta2: true, epsilon: true } as const;
    checkOptions('adam', options, names);
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
    const rule = adamRule({
      beta1: fraction('beta1', beta1),
      beta2: fraction('beta2', beta2),
      epsilon: positive('epsilon', epsilon),
    });
    return new RemoteOptimizer(this.#hook, rule, learningRate);
  }
}

/** @throws PointerMisuseError for unknown options, and for settings given in another way than as options. */
function checkOptions<Options extends object>(
  method: string,
  options: Options,
  names: OptionNames<Options>,
): void {
  if (Array.isArray(options) || options instanceof TensorHandle) {
    throw new PointerMisuseError(
      `${method}() got ${describeValue(options)}, expected a learning rate or options; parameters are given to the step: const step = hook.train.${method}({ … }).step((params, ...batch) => loss)`,
    );
  }
  const habit = Object.keys(options ?? {}).find((name) => Object.hasOwn(OPTION_HABITS, name));
  if (habit !== undefined && !Object.hasOwn(names, habit)) {
    throw new PointerMisuseError(
      `${method}() has no option ${JSON.stringify(habit)}; ${OPTION_HABITS[habit]}`,
    );
  }
  assertOptionNames(method, options, names);
}

/** @throws PointerMisuseError for others than true and false. */
function truthValue(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new PointerMisuseError(
    `Option ${name} of an optimizer: expected true or false, got ${describeValue(value)}`,
  );
}

/** @throws TypeError for others than numbers from 0 to below 1. */
function fraction(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  throw new PointerMisuseError(
    `Option ${name} of an optimizer: expected a number from 0 to below 1, got ${typeof value === 'number' ? value : typeof value}`,
  );
}

guard(RemoteOptimizers, OPTIMIZERS);
