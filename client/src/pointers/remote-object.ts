import type { OutputSpec } from '../execution/index.ts';
import type { TributaryError } from '../protocol/index.ts';
import type { CommandQueue } from './command-queue.ts';
import { frozenForm } from './frozen-form.ts';

/**
 * Where an object is in its life: its command waits to be sent, its worker holds it, its command
 * failed, or it is no more (fetched, deleted, or never needed).
 */
export type RemoteObjectState = 'queued' | 'stored' | 'failed' | 'gone';

/** Settings of a {@link RemoteObject}. */
export interface RemoteObjectOptions {
  readonly id: string;
  readonly queue: CommandQueue;
  readonly form: OutputSpec;
  /** Set when somebody else owns the object; it is then never deleted from here. */
  readonly foreignOwner?: string | undefined;
  /** @default 'queued' */
  readonly state?: RemoteObjectState;
  /** False for objects found by a search: whoever made them decides when they go. @default true */
  readonly deletesWhenReleased?: boolean;
}

/**
 * The caller's view of one object at a worker, shared by every pointer to it. The object is deleted
 * when its last pointer goes.
 */
export class RemoteObject {
  readonly id: string;
  readonly queue: CommandQueue;
  readonly foreignOwner: string | undefined;
  state: RemoteObjectState;
  /** Why the command that should have made the object failed. */
  error: TributaryError | undefined;
  /** Why it is no longer at its worker, and what to do instead; set when it was taken away. */
  departure: string | undefined;
  /** True once a batch that stores it was sent and no answer came: the worker may have it. */
  mayBeStored = false;
  readonly #deletesWhenReleased: boolean;
  #form: OutputSpec;
  #holderCount = 0;

  constructor(options: RemoteObjectOptions) {
    this.id = options.id;
    this.queue = options.queue;
    this.#form = frozenForm(options.form);
    this.foreignOwner = options.foreignOwner;
    this.state = options.state ?? 'queued';
    this.#deletesWhenReleased = options.deletesWhenReleased ?? true;
    this.queue.know(this);
  }

  /** What is known of its shape and dtype; frozen. */
  get form(): OutputSpec {
    return this.#form;
  }

  set form(form: OutputSpec) {
    this.#form = frozenForm(form);
  }

  /** How commands name the object. */
  get reference(): string {
    return this.foreignOwner === undefined ? this.id : `${this.foreignOwner}/${this.id}`;
  }

  /** True while a pointer may still ask for it. */
  get isHeld(): boolean {
    return this.#holderCount > 0;
  }

  hold(): void {
    this.#holderCount += 1;
  }

  /** One pointer less; after the last one the object is deleted. */
  release(): void {
    this.#holderCount -= 1;
    if (this.isHeld) return;
    if (this.#deletesWhenReleased) this.#deleteIfUnheld();
    else this.queue.forget(this);
  }

  /** The worker has it now; what nobody holds any more is deleted. */
  storedAtWorker(): void {
    this.state = 'stored';
    this.#deleteIfUnheld();
  }

  /** It is no more, and the worker has nothing to delete. */
  vanish(): void {
    this.state = 'gone';
    this.queue.forget(this);
  }

  /** It was only on the way to something else; deleted if an earlier try may have stored it. */
  drop(): void {
    this.vanish();
    if (this.mayBeStored) this.queue.delete(this);
  }

  /** Has the worker delete it, after everything that is already queued. */
  delete(): void {
    const isStored = this.state === 'stored';
    this.vanish();
    if (isStored) this.queue.delete(this);
  }

  fail(error: TributaryError): void {
    this.drop();
    this.state = 'failed';
    this.error = error;
  }

  #deleteIfUnheld(): void {
    if (!this.isHeld && this.#deletesWhenReleased && this.state === 'stored') this.delete();
  }
}
