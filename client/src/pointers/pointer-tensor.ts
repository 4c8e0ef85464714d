import type { Tensor } from '@tensorflow/tfjs';
import { CommandError, ObjectNotFoundError, objectSummarySchema } from '../protocol/index.ts';
import { assertOptionNames } from '../protocol/option-names.ts';
import { ownMembers } from '../protocol/own-members.ts';
import { ask } from './ask.ts';
import { guard } from './habits/guard.ts';
import { lookLikeTensors } from './habits/look-like-tensors.ts';
import { POINTER } from './habits/tensor-guards.ts';
import type { LocalWorker } from './local-worker.ts';
import { PointerMisuseError } from './misuse.ts';
import type { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { PointerBase } from './pointer-base.ts';
import { printPointer } from './print.ts';
import type { RemoteWorker } from './remote-worker.ts';
import type { SendArguments, SendOptions } from './send.ts';
import { sumOf } from './sum-results.ts';
import { GONE, takeAway } from './take-away.ts';

/** How {@link PointerTensor.get} fetches. */
export interface GetOptions {
  /** True leaves the object where it is. @default false */
  readonly keep?: boolean | undefined;
  /**
   * True gives the sum over all workers. Of one it is the tensor itself, so that a list of workers may
   * hold one or more.
   *
   * @default false
   */
  readonly sumResults?: boolean | undefined;
}

/**
 * A handle on a tensor at a worker. Operations on it are queued as commands for that worker and
 * give new pointers at once; they travel together when a value is awaited.
 *
 * @typeParam T - What {@link PointerTensor.get} brings: a tensor, or the pointer that a pointer was
 * sent to.
 */
export class PointerTensor<T = Tensor> extends PointerBase<T, PointerTensor<T>> {
  /**
   * Brings the object here. The worker's copy is deleted once this one is safe, so a lost answer
   * loses nothing; the deletion travels with the next batch, or a moment later by itself.
   *
   * @throws ObjectNotFoundError when it was fetched or deleted before.
   * @throws GetNotPermittedError when the owners of private values in it do not all let the caller
   * read it; `detail.owners` are those who don't.
   * @throws CommandError why the command that should have made it failed.
   */
  async get(options: GetOptions = {}): Promise<T> {
    assertOptionNames('get', options, { keep: true, sumResults: true });
    const { keep = false, sumResults = false } = options;
    this.assertUsable('get');
    const read = () => this.hook.actions.read(this);
    const value = keep ? await read() : await this.#take(read);
    return sumResults ? (sumOf(this.hook, [value]) as T) : value;
  }

  /**
   * Takes the object to another worker; the one that has it loses it. To the program's own worker
   * is {@link PointerTensor.get}, to the same worker changes nothing.
   *
   * @throws GetNotPermittedError when its owner does not let the caller read it; the object stays.
   */
  move(destination: LocalWorker): Promise<T>;
  move(destination: RemoteWorker): Promise<PointerTensor<T>>;
  async move(destination: RemoteWorker): Promise<T | PointerTensor<T>> {
    this.assertUsable('move');
    if (destination?.id === this.hook.localWorker.id) return await this.get();
    if (destination?.id === this.location.id) return this;
    return await this.hook.actions.move(this, destination);
  }

  /**
   * Sends the pointer: the worker then holds a pointer to the object, and what comes back points to
   * that.
   */
  send(location: RemoteWorker, options?: SendOptions): PointerTensor<PointerTensor<T>>;
  send(...locations: SendArguments): MultiPointerTensor<PointerTensor<T>>;
  send(
    ...locations: readonly (RemoteWorker | SendOptions | undefined)[]
  ): PointerTensor<PointerTensor<T>> | MultiPointerTensor<PointerTensor<T>> {
    this.assertUsable('send');
    return this.hook.actions.send(this, locations);
  }

  /** Takes the object to another worker and leaves a pointer to it where it was. */
  async remoteSend(destination: RemoteWorker): Promise<PointerTensor<PointerTensor<T>>> {
    this.assertUsable('remoteSend');
    const { location } = this;
    if (destination?.id === location.id) return this.send(location);
    const moved = await this.hook.actions.move(this, destination, 'remoteSend');
    const chained = moved.send(location);
    moved.dispose();
    return chained;
  }

  /**
   * For a pointer to a pointer: has the middle worker fetch the object, so that the chain is one
   * shorter.
   *
   * @throws CommandError `not-a-chain` for a pointer to a tensor.
   */
  async remoteGet(): Promise<T> {
    const { target, location } = this;
    this.assertUsable('remoteGet');
    if (target === undefined) {
      throw new CommandError(
        'remoteGet() got a pointer to a tensor, expected a pointer to a pointer; call get()',
        { code: 'not-a-chain' },
      );
    }
    const isNear = target.location.id === location.id;
    const fetched = await takeAway(this, 'remoteGet', async () =>
      isNear ? target.another() : await this.hook.actions.move(target, location, 'remoteGet'),
    );
    this.giveAway(GONE.shortened);
    return fetched as T & PointerTensor<unknown>;
  }

  /** True while the worker has the object; asks it. False too when what should have made it failed. */
  async exists(): Promise<boolean> {
    if (this.object.state === 'gone' || this.isDisposed) return false;
    try {
      await ask(this.location, { op: '$head', objects: [this.object] });
      return true;
    } catch (error) {
      const isAbsent = error instanceof ObjectNotFoundError || this.object.state === 'failed';
      if (isAbsent) return false;
      throw error;
    }
  }

  /**
   * Waits until the worker has the object, and knows its shape and dtype.
   *
   * @throws CommandError why the command that should have made it failed.
   */
  async ready(): Promise<this> {
    this.assertUsable('ready');
    const [head] = await Promise.all([
      ask(this.location, { op: '$head', objects: [this.object] }),
      this.target?.ready(),
    ]);
    const { shape, dtype } = objectSummarySchema.parse(ownMembers(head));
    this.object.form = { shape, dtype };
    return this;
  }

  /**
   * Agrees that further users read the object, whoever computed it from the caller's private values.
   * They can once every other owner of such values has agreed too.
   *
   * @throws CommandError `not-owner` when none of the caller's private values are in it, naming those
   * whose are.
   */
  async allow(...users: readonly string[]): Promise<this> {
    if (users.length === 0 || users.some((user) => typeof user !== 'string' || user === '')) {
      throw new PointerMisuseError(
        "allow() takes names of users, at least one, each as a separate argument; write allow('carol', 'dave')",
      );
    }
    this.assertUsable('allow');
    await ask(this.location, {
      op: '$grant',
      objects: [this.object],
      attributes: { allow: users },
    });
    return this;
  }

  /**
   * Lifts the caller's restriction from a sum over enough private objects; of other owners', one each
   * counts. Everybody can read it once every owner has.
   *
   * @throws GetNotPermittedError `release-not-permitted` when it sums too few.
   * @throws CommandError `not-owner` when none of the caller's private values are in it, naming those
   * whose are.
   */
  async release(): Promise<this> {
    this.assertUsable('release');
    await ask(this.location, { op: '$release', objects: [this.object] });
    return this;
  }

  override toString(): string {
    return printPointer(this);
  }

  /** A second pointer to the same object. @internal */
  another(): PointerTensor<T> & T {
    const { location, object, target, labels } = this;
    const inner = target?.another() as typeof target;
    return new PointerTensor<T>({ location, object, labels, target: inner }) as PointerTensor<T> &
      T;
  }

  async #take<V>(read: () => Promise<V>): Promise<V> {
    return await takeAway(this, 'get', async () => {
      const value = await read();
      this.giveAway(GONE.fetched);
      return value;
    });
  }
}

lookLikeTensors(PointerTensor);
guard(PointerTensor, POINTER);
