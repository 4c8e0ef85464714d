import {
  BATCH_BYTES_MAX,
  type Batch,
  CommandError,
  commandDigest,
  formatObjectRef,
  type Json,
  type ObjectName,
  type ObjectRef,
  parseObjectRef,
} from '../../protocol/index.ts';
import type { ExecutionContext } from '../context.ts';
import { eachAtOnce } from './at-once.ts';
import { type Command, refsOf } from './command.ts';
import { LiveObjects } from './live-objects.ts';
import { Writes } from './writes.ts';

/** Room in each answer for the frame and the statuses themselves. */
const ANSWER_FRAME_BYTES = 500_000;

/** Verbs whose results are stored, kept or not. */
const STORING_VERBS: ReadonlySet<string> = new Set(['$create', '$fetch', '$pointer']);

/** Fewer objects are written as fast one after another as after a look at their ids. */
const OVERLAPPING_COUNT_MIN = 3;

/** What the commands of one batch share. */
export class BatchRun {
  readonly context: ExecutionContext;
  readonly commands: readonly Command[];
  readonly keep: ReadonlySet<string>;
  readonly live: LiveObjects;
  /**
   * Objects that commands of this batch deleted, by absolute reference. They leave the store when all
   * commands are done, so that a batch that was cut can run again.
   */
  readonly deleted: Map<string, ObjectName> = new Map<string, ObjectName>();
  /** Marks of clearings, which end when everything else is deleted. */
  readonly marks: Set<ObjectName> = new Set<ObjectName>();
  /** Answers of {@link isSettled}, by the command's index. */
  readonly settled: Map<number, Promise<boolean>> = new Map<number, Promise<boolean>>();
  readonly writes: Writes;
  /** Answers to commands whose turn is yet to come, by their indices. */
  readonly answers: Map<number, PromiseSettledResult<Json>> = new Map();
  readonly #digests = new Map<Command, Promise<string>>();
  #answerBytes = ANSWER_FRAME_BYTES;
  #areIdsFree: Promise<boolean> | undefined;

  constructor(context: ExecutionContext, { commands, keep }: Batch) {
    this.context = context;
    this.commands = commands.map((wire, index) => ({ index, wire }));
    this.keep = new Set(keep);
    this.live = new LiveObjects(this.#lastUses());
    this.writes = new Writes(() => {
      this.#areIdsFree ??= this.#findOutIdsFree();
      return this.#areIdsFree;
    });
  }

  /** The object that a reference names. @throws {@link CommandError} `command-invalid`. */
  nameOf(ref: ObjectRef): ObjectName {
    const name = parseObjectRef(ref, { caller: this.context.caller });
    if (name !== undefined) return name;
    throw new CommandError(
      'A reference has another form than {id} or {owner}/{id}; use what send gave',
      { code: 'command-invalid' },
    );
  }

  /** The name of a result. */
  ownName(id: string): ObjectName {
    return { owner: this.context.caller, id };
  }

  isDeleted(name: ObjectName): boolean {
    return this.deleted.has(formatObjectRef(name));
  }

  digestOf(command: Command): Promise<string> {
    const known = this.#digests.get(command);
    const digest = known ?? commandDigest(command.wire, { caller: this.context.caller });
    this.#digests.set(command, digest);
    return digest;
  }

  /** Names of what a command stores. */
  storedBy({ wire: [op, , , results] }: Command): ObjectName[] {
    const isStored = STORING_VERBS.has(op);
    return results.filter((id) => isStored || this.keep.has(id)).map((id) => this.ownName(id));
  }

  /** True if so many more bytes fit the answer; then they are counted. Everything fits one in the same process. */
  claimAnswer(bytes: number): boolean {
    if (this.context.transfers === undefined) return true;
    if (this.#answerBytes + bytes > BATCH_BYTES_MAX) return false;
    this.#answerBytes += bytes;
    return true;
  }

  /** Absolute references of all objects that a command names; what names none is left out. */
  keysOf(command: Command): string[] {
    return refsOf(command).flatMap((ref) => {
      const name = parseObjectRef(ref, { caller: this.context.caller });
      return name === undefined ? [] : [formatObjectRef(name)];
    });
  }

  /** False if an id of the batch was given to what another command made, or nobody looked. */
  async #findOutIdsFree(): Promise<boolean> {
    const stored = this.commands.flatMap((command) =>
      this.storedBy(command).map((name) => ({ command, name })),
    );
    if (stored.length < OVERLAPPING_COUNT_MIN) return false;
    let areFree = true;
    await eachAtOnce(stored, async ({ command, name }) => {
      const found = await this.context.store.head(name).catch(() => undefined);
      if (found?.kind === 'missing') return;
      const digest = found?.kind === 'found' ? found.header.digest : found?.digest;
      areFree &&= digest === null || digest === (await this.digestOf(command));
    });
    return areFree;
  }

  #lastUses(): ReadonlyMap<string, number> {
    return new Map(
      this.commands.flatMap((command) =>
        this.keysOf(command).map((key) => [key, command.index] as const),
      ),
    );
  }
}

/** @throws {@link CommandError} `time-limit` when no command may be begun any more. */
export function assertInTime({ context }: BatchRun): void {
  if (context.deadline === undefined || context.now() < context.deadline()) return;
  throw new CommandError(
    'The worker has no time left for this command; send fewer or smaller commands in one batch',
    { code: 'time-limit' },
  );
}
