/** Programs of batches, drawn from a seed, and a caller who sends them as callers do. */
import type { CommandStatus, WireCommand } from '@tributary/client/protocol';
import type { FaultyStore } from './faults.ts';
import { clock, contextOf, create, execute, op, type Sent } from './harness.ts';

/** Numbers from 0 to 1, the same for the same seed. */
export type Draw = () => number;

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Drawing {
  readonly draw: Draw;
  /** Objects that may be there. */
  readonly names: string[];
  readonly newName: () => string;
}

const UNARY = ['neg', 'abs', 'square', 'clone', 'zerosLike', 'tanh'];
const BINARY = ['add', 'sub', 'mul', 'maximum'];

function pick<T>(draw: Draw, items: readonly T[]): T {
  return items[Math.floor(draw() * items.length)] as T;
}

/** One command; now and then one that fails. */
function drawCommand({ draw, names, newName }: Drawing): unknown[] {
  const some = () => pick(draw, names);
  const makers: (() => unknown[])[] = [
    () => create(newName(), [draw(), draw()]),
    () => create(newName(), [draw(), draw()], { private: true, tags: ['#p'] }),
    () => op(pick(draw, UNARY), [some()], {}, [newName()]),
    () => op(pick(draw, UNARY), [some()], {}, [newName()]),
    () => op(pick(draw, BINARY), [some(), some()], {}, [newName()]),
    () => op(pick(draw, BINARY), [some(), some()], {}, [newName()]),
    () => op('unstack', [some()], {}, [newName(), newName()]),
    () => op('stack', [some(), some()], {}, [newName()]),
    () => op('randomNormal', [], { shape: [2], seed: Math.floor(draw() * 1e6) }, [newName()]),
    () => op('matMul', [some(), some()], {}, [newName()]),
    () => op('$run', [some()], { plan: PLAN, seed: 3 }, [newName()]),
    () => op('$delete', [some(), some()]),
    () => op('$delete', [some()]),
    () => op('$describe', [some()], { revision: clock.ms, tags: [`#${Math.floor(draw() * 9)}`] }),
    () => op('$grant', [some()], { allow: ['carol'] }),
    () => op('$read', [some()]),
  ];
  if (draw() < 0.01) return op('$clear', [], { request: newName().padEnd(22, '_') });
  return pick(draw, makers)();
}

const PLAN = {
  schema: 1,
  inputs: 1,
  constants: [],
  commands: [
    ['randomUniform', [], { shape: [2] }, ['t0']],
    ['add', ['i0', 't0'], {}, ['t1']],
  ],
  outputs: ['t1'],
};

/** A program of batches; every id is new. */
export function drawProgram(draw: Draw): Sent[] {
  let count = 0;
  const names: string[] = ['x'];
  const newName = () => {
    const name = `n${count++}`;
    names.push(name);
    return name;
  };
  const first: Sent = { commands: [create('x', [1, 2])] };
  const batchCount = 2 + Math.floor(draw() * 5);
  const batches = Array.from({ length: batchCount }, (): Sent => {
    const commands = Array.from({ length: 1 + Math.floor(draw() * 8) }, () =>
      drawCommand({ draw, names, newName }),
    );
    const results = commands.flatMap((command) => {
      const [name, , , ids] = command as unknown as WireCommand;
      return name.startsWith('$create') ? [] : ids;
    });
    return { commands, keep: results.filter(() => draw() < 0.6) };
  });
  return [first, ...batches];
}

/** What can go wrong on the way to the worker. */
export interface Faults {
  /** Write at which the connection is lost, and whether it happened; none for `undefined`. */
  readonly cut: () => { readonly atWrite: number; readonly isWritten: boolean } | undefined;
  /** How often the batch arrives again, right after. */
  readonly repetitions: () => number;
  /** Whether an older batch arrives once more before. */
  readonly isHaunted: () => boolean;
  /** Which, from 0 to 1. */
  readonly ghost: () => number;
}

/**
 * Sends a program as a caller does: again until there is an answer, and what was not run in another
 * batch, without what failed and what depends on it.
 */
export async function sendProgram(
  store: FaultyStore,
  program: readonly Sent[],
  faults: Faults | undefined,
): Promise<void> {
  const sent: Sent[] = [];
  clock.ms = 1_700_000_000_000;
  for (const batch of program) {
    let rest: Sent | undefined = batch;
    while (rest !== undefined) {
      if (faults?.isHaunted() && sent.length > 0) {
        await deliver(store, sent[Math.floor(faults.ghost() * sent.length)] as Sent);
      }
      const statuses = await exchange(store, rest, faults);
      sent.push(rest);
      clock.ms += 1;
      rest = remainderOf(rest, statuses);
    }
  }
}

async function exchange(
  store: FaultyStore,
  batch: Sent,
  faults: Faults | undefined,
): Promise<readonly CommandStatus[]> {
  store.cutAt(faults?.cut());
  let statuses: readonly CommandStatus[] | undefined;
  while (statuses === undefined) {
    // The connection is lost once; the next try gets through.
    statuses = await deliver(store, batch).catch(() => undefined);
  }
  store.cutAt(undefined);
  for (let count = faults?.repetitions() ?? 0; count > 0; count -= 1) {
    await Promise.all([deliver(store, batch), deliver(store, batch)]);
  }
  return statuses;
}

async function deliver(store: FaultyStore, batch: Sent): Promise<readonly CommandStatus[]> {
  const answer = await execute(contextOf(store), batch);
  if ('error' in answer) throw new TypeError(answer.error.message);
  return answer.statuses;
}

/** What was not run and can be, with the commands that make what it needs and was not kept. */
function remainderOf(batch: Sent, statuses: readonly CommandStatus[]): Sent | undefined {
  const commands = batch.commands as readonly WireCommand[];
  const wanted = hopefulOf(commands, statuses);
  if (wanted.length === 0) return undefined;
  const keep = new Set(batch.keep);
  const needed = new Set(wanted.flatMap(refsOf));
  const again: WireCommand[] = [];
  for (const [index, command] of [...commands.entries()].reverse()) {
    const [name, , , results] = command;
    const isStored = (id: string) => name.startsWith('$create') || keep.has(id);
    const isNeeded = results.some((id) => needed.has(id) && !isStored(id));
    if (statuses[index]?.status !== 'done' || !isNeeded) continue;
    again.unshift(command);
    for (const ref of refsOf(command)) needed.add(ref);
  }
  const all = [...again, ...wanted];
  const made = new Set(all.flatMap(([, , , results]) => results));
  return { commands: all, keep: [...keep].filter((id) => made.has(id)) };
}

/** Commands that were not run and don't depend on what failed. */
function hopefulOf(
  commands: readonly WireCommand[],
  statuses: readonly CommandStatus[],
): WireCommand[] {
  const failed = new Set<string>();
  return commands.filter((command, index) => {
    const isHopeless =
      statuses[index]?.status === 'failed' || refsOf(command).some((ref) => failed.has(ref));
    if (isHopeless) for (const id of command[3]) failed.add(id);
    return !isHopeless && statuses[index]?.status === 'not-run';
  });
}

function refsOf([, args]: WireCommand): string[] {
  return args.flat().filter((argument): argument is string => typeof argument === 'string');
}
