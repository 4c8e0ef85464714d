import type { DataType } from '@tensorflow/tfjs';
import { CommandError, ObjectNotFoundError } from '../protocol/index.ts';
import { queueLabels } from './describe-command.ts';
import { frozenLabels, type Labels, NO_LABELS, withDescription, withTags } from './labels.ts';
import { type Disposable, forget, releaseWhenCollected } from './lifetime.ts';
import type { LocalWorker } from './local-worker.ts';
import { drawObjectId } from './object-id.ts';
import type { PointerTensor } from './pointer-tensor.ts';
import type { RemoteObject } from './remote-object.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { TensorHandle } from './tensor-handle.ts';

/** What a pointer is made of. */
export interface PointerParts<T> {
  readonly location: RemoteWorker;
  readonly object: RemoteObject;
  readonly labels?: Labels | undefined;
  /** For a pointer to a pointer: the inner one. */
  readonly target?: (T & PointerTensor<unknown>) | undefined;
}

/** What a pointer knows without asking: what it points to, its labels, and whether it was given up. */
export abstract class PointerBase<T, Self> extends TensorHandle<Self> implements Disposable {
  /** The pointer's own id: 128 bits, base64url. */
  readonly id: string = drawObjectId();
  /** The worker that holds the object. */
  readonly location: RemoteWorker;
  /** @internal */
  readonly object: RemoteObject;
  /** For a pointer to a pointer: the inner one. @internal */
  readonly target: (T & PointerTensor<unknown>) | undefined;
  #labels: Labels;
  #companions: readonly Disposable[] = [];
  #isDisposed = false;

  /** @internal */
  constructor({ location, object, labels, target }: PointerParts<T>) {
    super(location.hook);
    this.location = location;
    this.object = object;
    this.target = target;
    this.#labels = frozenLabels(labels ?? NO_LABELS);
    object.hold();
    releaseWhenCollected(this, object);
    this.hook.scopes.add(this);
    Object.freeze(this);
  }

  /** Id of the object at {@link PointerTensor.location}: 128 bits, base64url. */
  get idAtLocation(): string {
    return this.object.id;
  }

  /** The worker that holds the pointer: this program. */
  get owner(): LocalWorker {
    return this.hook.localWorker;
  }

  get shape(): readonly number[] | null {
    return this.object.form.shape;
  }

  get dtype(): DataType | null {
    return this.object.form.dtype;
  }

  /** Text labels by which `search` finds the object. */
  get tags(): readonly string[] {
    return this.#labels.tags;
  }

  get description(): string {
    return this.#labels.description;
  }

  /** What goes with this pointer when it is kept or disposed. @internal */
  get parts(): readonly Disposable[] {
    return this.target === undefined ? this.#companions : [this.target, ...this.#companions];
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /**
   * Gives the object further tags, by which `search` finds it.
   *
   * @throws CommandError `not-owner` for an object that another user owns.
   */
  tag(...tags: readonly string[]): this {
    return this.#relabel('tag', withTags(this.#labels, tags));
  }

  /**
   * Gives the object a description; `search` finds it by parts of it.
   *
   * @throws CommandError `not-owner` for an object that another user owns.
   */
  describe(description: string): this {
    return this.#relabel('describe', withDescription(this.#labels, description));
  }

  /** Gives the object up; it is deleted unless another pointer holds it. Twice does no harm. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    forget(this);
    this.object.release();
    for (const part of this.parts) part.dispose();
  }

  /** Has other pointers kept and disposed with this one. @internal */
  takeAlong(companions: readonly Disposable[]): void {
    this.#companions = companions;
  }

  /** Has the worker delete the object, which is somewhere else now. @internal */
  giveAway(departure: string): void {
    const { object } = this;
    if (object.foreignOwner !== undefined) return;
    object.departure ??= departure;
    object.delete();
    this.dispose();
  }

  /** Ids only: neither values nor how to reach the worker. */
  toJSON(): object {
    const { id, idAtLocation, location, owner, shape, dtype } = this;
    return { id, idAtLocation, location: location.id, owner: owner.id, shape, dtype };
  }

  /** @internal */
  assertUsable(operation: string): void {
    const { object, location } = this;
    if (object.state !== 'gone' && !this.#isDisposed) return;
    const why = object.departure ?? 'this pointer was disposed; use it before, or keep a copy()';
    throw new ObjectNotFoundError(
      `${operation} got a pointer whose object ${object.id} is no longer at ${location.id}: ${why}`,
      { code: 'object-not-found', detail: { id: object.id, location: location.id } },
    );
  }

  /** What the pointer's labels are, for another one. @internal */
  protected get labels(): Labels {
    return this.#labels;
  }

  #relabel(method: string, labels: Labels): this {
    this.assertUsable(method);
    const { object, location } = this;
    if (object.foreignOwner !== undefined) {
      throw new CommandError(
        `${method}() got an object of ${object.foreignOwner} at ${location.id}, expected one of the caller's own; ask its owner, or label a copy()`,
        { code: 'not-owner', detail: { id: object.id, owner: object.foreignOwner } },
      );
    }
    this.#labels = labels;
    queueLabels(object, labels);
    return this;
  }
}
