import type { Tensor } from '@tensorflow/tfjs';
import {
  BATCH_ELEMENTS_MAX,
  CommandError,
  elementCount,
  formatObjectRef,
  type ObjectHeader,
  type ObjectName,
} from '../../protocol/index.ts';

/** What is known of an object before the digest of its command is. */
export type ObjectFacts = Omit<ObjectHeader, 'digest'>;

/** An object that the batch holds in memory. */
export interface LiveObject {
  readonly facts: ObjectFacts;
  /** On the safe backend; `undefined` for pointers. Whoever holds the object disposes it. */
  readonly tensor: Tensor | undefined;
}

/** Counts the elements that a batch holds at one time. */
export class ElementBudget {
  #held = 0;

  /** @throws {@link CommandError} `memory-exceeded`; then nothing is counted. */
  claim(elements: number): void {
    if (this.#held + elements > BATCH_ELEMENTS_MAX) {
      throw new CommandError(
        `The batch would hold ${this.#held + elements} elements at one time, expected at most ${BATCH_ELEMENTS_MAX}; send it in parts`,
        { code: 'memory-exceeded' },
      );
    }
    this.#held += elements;
  }

  release(elements: number): void {
    this.#held -= elements;
  }
}

/**
 * The tensors that a batch holds: what it made or loaded and what a later command of it needs. Each
 * is disposed as soon as none does.
 */
export class LiveObjects {
  readonly budget: ElementBudget = new ElementBudget();
  readonly #objects = new Map<string, LiveObject>();
  readonly #lastUses: ReadonlyMap<string, number>;
  /** What goes after a command, by the command's index. */
  readonly #leaving = new Map<number, string[]>();

  /** @param lastUses - Index of the last command that names an object, by its absolute reference. */
  constructor(lastUses: ReadonlyMap<string, number>) {
    this.#lastUses = lastUses;
  }

  get(name: ObjectName): LiveObject | undefined {
    return this.#objects.get(formatObjectRef(name));
  }

  /** True if a command after this one names the object. */
  isUsedAfter(name: ObjectName, index: number): boolean {
    return (this.#lastUses.get(formatObjectRef(name)) ?? index) > index;
  }

  /**
   * Takes over an object, instead of what was held by its name; it is disposed after the last command
   * that names it, this one at the earliest.
   *
   * @throws {@link CommandError} `memory-exceeded`; the tensor is disposed then.
   */
  add(name: ObjectName, object: LiveObject, index: number): void {
    try {
      this.budget.claim(elementsOf(object));
    } catch (error) {
      object.tensor?.dispose();
      throw error;
    }
    const key = formatObjectRef(name);
    this.#dispose(key);
    // A batch goes on while the program's own code runs; no scope of that ends what the batch holds.
    if (object.tensor !== undefined) object.tensor.kept = true;
    this.#objects.set(key, object);
    const last = Math.max(index, this.#lastUses.get(key) ?? index);
    this.#leaving.set(last, [...(this.#leaving.get(last) ?? []), key]);
  }

  /** Changes what is known of an object that is held; nothing if it isn't. */
  describe(name: ObjectName, facts: ObjectFacts): void {
    const key = formatObjectRef(name);
    const object = this.#objects.get(key);
    if (object !== undefined) this.#objects.set(key, { ...object, facts });
  }

  /** Disposes what no command after this one names. */
  releaseAfter(index: number): void {
    for (const key of this.#leaving.get(index) ?? []) this.#dispose(key);
    this.#leaving.delete(index);
  }

  /** Disposes everything. */
  dispose(): void {
    for (const key of [...this.#objects.keys()]) this.#dispose(key);
  }

  #dispose(key: string): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    object.tensor?.dispose();
    this.budget.release(elementsOf(object));
    this.#objects.delete(key);
  }
}

function elementsOf({ tensor }: LiveObject): number {
  return tensor === undefined ? 0 : elementCount(tensor.shape);
}
