import type { Tensor } from '@tensorflow/tfjs';
import type { AuxOutput, ValueWithAux } from '../gradients.ts';
import { guard } from '../habits/guard.ts';
import { OPTIMIZER } from '../habits/training-habits.ts';
import { PointerMisuseError } from '../misuse.ts';
import type { MultiPointerTensor } from '../multi-pointer-tensor.ts';
import type { PointerTensor } from '../pointer-tensor.ts';
import type { TensorHook } from '../tensor-hook.ts';
import { makeStep, type ParameterState } from './training-step.ts';
import type { UpdateRule } from './update-rule.ts';

/** The same structure with multi-pointers. */
export type AtEach<T> = T extends PointerTensor
  ? MultiPointerTensor
  : T extends object
    ? { [Key in keyof T]: AtEach<T[Key]> }
    : T;

/** What a loss function gives: one tensor, or that and what else it has to tell. */
export type LossOutput<Aux> = PointerTensor | Tensor | ValueWithAux<Aux>;

/** What a step gives. */
export interface TrainingStepResult<Params, Aux, Handle = PointerTensor> {
  /** The parameters after the step, in the structure of those before. */
  readonly params: Params;
  /** The loss before the step. */
  readonly loss: Handle;
  /** What the loss function gave as `aux`. */
  readonly aux: AuxOutput<Aux, Handle>;
}

/** Takes one step on a batch, where parameters and batch are. */
export interface TrainingStep<Params, Data extends readonly unknown[], Aux> {
  (params: Params, ...data: Data): TrainingStepResult<Params, Aux>;
  (
    params: AtEach<Params>,
    ...data: AtEach<Data> & readonly unknown[]
  ): TrainingStepResult<AtEach<Params>, Aux, MultiPointerTensor>;
}

/** Trains parameters at workers; {@link TensorHook.train} makes one. */
export class RemoteOptimizer {
  readonly #hook: TensorHook;
  readonly #rule: UpdateRule;
  /** Of each parameter that a step gave. */
  readonly #states = new WeakMap<PointerTensor, ParameterState>();
  #learningRate: number;

  /** @internal */
  constructor(hook: TensorHook, rule: UpdateRule, learningRate: number) {
    this.#hook = hook;
    this.#rule = rule;
    this.#learningRate = positive('learningRate', learningRate);
  }

  /** How far a step goes; may change between steps, and nothing is traced again for it. */
  get learningRate(): number {
    return this.#learningRate;
  }

  /** @throws TypeError for others than positive numbers. */
  set learningRate(value: number) {
    this.#learningRate = positive('learningRate', value);
  }

  /**
   * Makes the step that minimizes a loss. Called with parameters and a batch, it runs as one command
   * at their worker, or at each of several for multi-pointers, and gives new parameters: those that it
   * got stay as they are. What the optimizer remembers of a parameter (moments) goes with the pointer
   * that a step gave; a parameter that is sent or moved begins without.
   *
   * @param loss - As for {@link TensorHook.plan}: called with stand-ins for the parameters and the batch;
   * gives a scalar, or `{ value, aux }` with what is to come along.
   */
  step<Params, Data extends readonly unknown[], Aux = undefined>(
    loss: (params: Params, ...data: Data) => LossOutput<Aux>,
  ): TrainingStep<Params, Data, Aux> {
    if (typeof loss !== 'function') {
      throw new PointerMisuseError(
        `step() got ${typeof loss}, expected a function of parameters and batch that gives the loss`,
      );
    }
    return makeStep({
      hook: this.#hook,
      rule: this.#rule,
      states: this.#states,
      learningRate: () => this.#learningRate,
      loss,
    }) as unknown as TrainingStep<Params, Data, Aux>;
  }
}

/** @throws TypeError for others than positive numbers. */
export function positive(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw new PointerMisuseError(
    `Option ${name} of an optimizer: expected a positive number, got ${typeof value === 'number' ? value : typeof value}`,
  );
}

guard(RemoteOptimizer, OPTIMIZER);
