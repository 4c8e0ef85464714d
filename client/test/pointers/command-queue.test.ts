import * as tf from '@tensorflow/tfjs';
import {
  CommandError,
  InvocationFailedError,
  type PointerTensor,
  TensorHook,
} from '@tributary/client';
import {
  ARGUMENTS_MAX,
  BATCH_BYTES_MAX,
  COMMANDS_PER_BATCH_MAX,
  type CommandStatus,
} from '@tributary/client/protocol';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore } from '../../src/execution/index.ts';
import { CommandQueue } from '../../src/pointers/command-queue.ts';
import { RemoteWorker } from '../../src/pointers/remote-worker.ts';
import type { OutgoingBatch, WorkerTransport } from '../../src/pointers/transport.ts';
import { VirtualTransport } from '../../src/pointers/virtual-transport.ts';
import { errorOf, got } from './contract/world.ts';

/** Answers in the worker's place, or leaves it to the worker. */
type Script = (
  batch: OutgoingBatch,
  inner: WorkerTransport,
) => readonly CommandStatus[] | Promise<readonly CommandStatus[] | undefined> | undefined;

class ScriptedWorker extends RemoteWorker {
  readonly batches: OutgoingBatch[] = [];
  readonly store: MemoryStore;
  script: Script = () => undefined;
  upload: WorkerTransport['upload'] = ({ length }) => Promise.resolve(String(length));

  constructor(hook: TensorHook, inlineBytesMax = Number.POSITIVE_INFINITY) {
    const store = new MemoryStore();
    const inner = new VirtualTransport(hook, 'bob', store);
    const transport: WorkerTransport = {
      inlineBytesMax,
      fetches: false,
      exchange: async (batch) => {
        this.batches.push(batch);
        return (await this.script(batch, inner)) ?? (await inner.exchange(batch));
      },
      upload: (bytes) => this.upload(bytes),
      download: () => inner.download(),
    };
    super(hook, 'bob', new CommandQueue(transport));
    this.store = store;
    hook.register(this);
  }

  override toString(): string {
    return '<ScriptedWorker>';
  }
}

let hook: TensorHook;
let bob: ScriptedWorker;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  hook = new TensorHook(tf);
  bob = new ScriptedWorker(hook);
});

function chain(start: PointerTensor, length: number): PointerTensor {
  return hook.tidy(() => {
    let pointer = start;
    for (let index = 0; index < length; index += 1) pointer = pointer.add(1);
    return pointer;
  });
}

function opsOf({ commands }: OutgoingBatch): string[] {
  return commands.map(([op]) => op);
}

function failure(code: string): CommandStatus {
  const message = `The batch was ${code}`;
  return { status: 'failed', error: { casualty: 'command', code, message } };
}

/** Does as many commands as there is room for, the first time. */
function room(commandCount: number, code: string): Script {
  let isFirst = true;
  return async ({ commands, keep }, inner) => {
    if (!isFirst) return await inner.exchange({ commands, keep });
    isFirst = false;
    const fitting = commands.slice(0, commandCount);
    const ids = new Set(fitting.flatMap(([, , , results]) => results));
    const done = await inner.exchange({
      commands: fitting,
      keep: keep.filter((id) => ids.has(id)),
    });
    const rest = commands.slice(commandCount + 1).map((): CommandStatus => ({ status: 'not-run' }));
    return [...done, failure(code), ...rest];
  };
}

describe('the command queue', () => {
  it('sends a chain of a hundred operations in one batch, and has one result stored', async () => {
    const end = chain(tf.scalar(0).send(bob), 100);
    expect(bob.batches).toEqual([]);
    expect(await got(end)).toBe(100);
    const [first, ...others] = bob.batches;
    expect(first?.commands.length).toBe(102);
    // Only the deletion of what was collected meanwhile may have followed.
    expect(others.flatMap(opsOf).filter((op) => op !== '$delete')).toEqual([]);
  });

  it('sends what one turn asks for together', async () => {
    const pointers = [1, 2, 3].map((value) => tf.scalar(value).send(bob));
    expect(await Promise.all(pointers.map((pointer) => pointer.get({ keep: true })))).toHaveLength(
      3,
    );
    expect(bob.batches.map(opsOf)).toEqual([
      ['$create', '$create', '$create', '$read', '$read', '$read'],
    ]);
  });

  it('keeps batches below the most commands, in order, with what later ones need', async () => {
    const end = chain(tf.scalar(0).send(bob), 5_000);
    expect(await got(end)).toBe(5_000);
    const lengths = bob.batches.map(({ commands }) => commands.length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(COMMANDS_PER_BATCH_MAX);
    expect(bob.batches.filter((batch) => opsOf(batch).includes('add')).length).toBe(3);
  });

  it('keeps batches below the most bytes', async () => {
    const pointers = Array.from({ length: 5 }, () => tf.zeros([400_000]).send(bob));
    await Promise.all(pointers.map((pointer) => pointer.ready()));
    const sizes = bob.batches.map((batch) => JSON.stringify(batch).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(BATCH_BYTES_MAX);
    expect(bob.batches.length).toBe(3);
  });

  it('deletes more objects than one command names', async () => {
    const pointers = Array.from({ length: ARGUMENTS_MAX + 10 }, () => tf.scalar(1).send(bob));
    await pointers.at(-1)?.ready();
    expect(bob.store.size).toBe(ARGUMENTS_MAX + 10);
    for (const pointer of pointers) pointer.dispose();
    expect((await bob.objects()).size).toBe(0);
  });

  it.each(['time-limit', 'memory-exceeded', 'answer-too-large'])(
    'sends a batch in parts after %s',
    async (code) => {
      const end = chain(tf.scalar(0).send(bob), 20);
      bob.script = room(5, code);
      expect(await got(end)).toBe(20);
      expect(bob.batches.length).toBeGreaterThan(1);
    },
  );

  it('fails a command that is too much even alone', async () => {
    const end = chain(tf.scalar(0).send(bob), 3);
    bob.script = ({ commands }) => {
      const place = commands.findIndex(([op]) => op === 'add');
      if (place < 0) return undefined;
      return commands.map((_, index): CommandStatus => {
        if (index === place) return failure('time-limit');
        return { status: index < place ? 'done' : 'not-run' };
      });
    };
    expect((await errorOf(end.get())).code).toBe('time-limit');
  });

  it('finds the one command for which a worker refuses the batch', async () => {
    const pointers = Array.from({ length: 9 }, (_, index) => tf.scalar(index).send(bob));
    const culprit = pointers[6]?.idAtLocation;
    bob.script = ({ commands }) => {
      if (!JSON.stringify(commands).includes(`"${culprit}"`)) return undefined;
      throw new CommandError('The batch is not as expected', { code: 'batch-invalid' });
    };
    const outcomes = await Promise.allSettled(pointers.map((pointer) => pointer.ready()));
    const failed = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(failed).toEqual([6]);
    expect(bob.store.size).toBe(8);
  });

  it('tells whoever waits when the worker can’t be reached, also who asked meanwhile', async () => {
    const first = tf.scalar(1).send(bob);
    let second: Promise<unknown> = Promise.resolve();
    bob.script = () => {
      second = errorOf(tf.scalar(2).send(bob).get());
      throw new InvocationFailedError('Out of reach', { code: 'exchange-failed' });
    };
    expect((await errorOf(first.get())).code).toBe('exchange-failed');
    expect(await second).toBeInstanceOf(InvocationFailedError);
    bob.script = () => undefined;
    expect(await got(first)).toBe(1);
  });

  it('takes an answer of another length, or of nothing done, for none', async () => {
    const pointer = tf.scalar(1).send(bob);
    bob.script = () => [];
    expect((await errorOf(pointer.get())).code).toBe('answer-invalid');
    bob.script = ({ commands }) => commands.map(() => ({ status: 'not-run' }));
    expect((await errorOf(pointer.get())).code).toBe('answer-invalid');
    bob.script = () => undefined;
    expect(await got(pointer)).toBe(1);
  });

  it('fails the one tensor that the worker will not have, and sends the others', async () => {
    const small = new ScriptedWorker(hook, 8);
    small.upload = async () => {
      throw new CommandError('Too large', { code: 'tensor-too-large' });
    };
    const [large, fine] = [tf.ones([100]).send(small), tf.scalar(1).send(small)];
    expect((await errorOf(large.add(1).get())).code).toBe('tensor-too-large');
    expect(await got(fine)).toBe(1);
  });

  it.each([
    ['arrives at the third time', 2, { value: 101, uploads: 3, creates: 3 }],
    [
      'never arrives',
      Number.POSITIVE_INFINITY,
      { code: 'upload-not-found', uploads: 4, creates: 4 },
    ],
  ])('uploads a tensor again that storage acknowledged and %s', async (_name, lost, expected) => {
    const large = new ScriptedWorker(hook, 8);
    let uploads = 0;
    let creates = 0;
    large.upload = async () => {
      uploads += 1;
      return 'ab'.repeat(32);
    };
    large.script = ({ commands, keep }, inner) => {
      const isUploaded = (command: OutgoingBatch['commands'][number]) =>
        command[0] === '$create' && 'upload' in command[2];
      const place = commands.findIndex(isUploaded);
      if (place < 0) return undefined;
      creates += 1;
      if (uploads <= lost) {
        const rest = commands.slice(place + 1).map((): CommandStatus => ({ status: 'not-run' }));
        const done = commands.slice(0, place).map((): CommandStatus => ({ status: 'done' }));
        return [...done, failure('upload-not-found'), ...rest];
      }
      const [, , attributes, results] = commands[place] as OutgoingBatch['commands'][number];
      const { upload: _, ...form } = attributes;
      const data = Buffer.from(new Float32Array(101).fill(1).buffer).toString('base64');
      const inline = ['$create', [], { ...form, data }, results] as const;
      return inner.exchange({ commands: commands.with(place, inline as never), keep });
    };
    const sum = tf.ones([101]).send(large).sum();
    const outcome = await got(sum).then(
      (value) => ({ value }),
      ({ code }: CommandError) => ({ code }),
    );
    expect({ ...outcome, uploads, creates }).toEqual(expected);
  });

  it('deletes what a lost batch may have stored, though it is needed no more', async () => {
    const pointer = tf.scalar(1).send(bob);
    const loseAnswer: Script = () => {
      throw new InvocationFailedError('Lost', { code: 'exchange-failed' });
    };
    await pointer.ready();
    const sum = pointer.add(1);
    bob.script = loseAnswer;
    await errorOf(sum.ready());
    bob.script = () => undefined;
    sum.dispose();
    pointer.dispose();
    await bob.objects();
    expect(bob.batches.at(-1)?.commands[0]?.[0]).toBe('$delete');
    expect(bob.batches.at(-1)?.commands[0]?.[1]).toHaveLength(2);
  });

  it('lists nothing that was given up while it was on its way', async () => {
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    bob.script = () => arrival.then(() => undefined);
    const kept = tf.scalar(1).send(bob);
    const [pointer, sum] = [tf.scalar(2).send(bob), kept.add(1)];
    const sent = bob.flush();
    await expect.poll(() => bob.batches.length).toBe(1);
    for (const each of [pointer, sum]) each.dispose();
    const listed = bob.objects();
    arrive();
    expect([...(await listed).keys()]).toEqual([kept.idAtLocation]);
    await sent;
    expect(bob.batches.map(opsOf)).toEqual([
      ['$create', '$create', 'add'],
      ['$delete', '$list'],
    ]);
  });

  it('has the deletion of what was got travel with the next batch, or by itself', async () => {
    const pointer = tf.scalar(1).send(bob);
    expect(await got(pointer)).toBe(1);
    expect(await got(tf.scalar(2).send(bob))).toBe(2);
    await vi.waitFor(() => expect(bob.batches).toHaveLength(3));
    const ops = [['$create', '$read'], ['$create', '$read', '$delete'], ['$delete']];
    expect(bob.batches.map(opsOf)).toEqual(ops);
  });

  it('has no deletion travel with a value that somebody waits for', async () => {
    const pointer = tf.scalar(1).send(bob);
    await pointer.ready();
    const coming = pointer.get();
    pointer.dispose();
    expect((await coming).arraySync()).toBe(1);
    await bob.queue.flush();
    expect(bob.batches.map(opsOf)).toEqual([['$create', '$head'], ['$read'], ['$delete']]);
  });

  it('stores a plan again at a worker that has forgotten it, and runs what needed it', async () => {
    const plan = hook.plan((a) => a.add(1));
    const pointer = tf.scalar(1).send(bob);
    expect(await got(plan.run(bob, pointer))).toBe(2);
    bob.batches.length = 0;
    bob.script = room(1, 'plan-not-found');
    const result = hook.tidy(() => plan.run(bob, plan.run(bob, pointer.mul(3)).mul(2)).add(10));
    expect(await got(result)).toBe(19);
    const again = ['mul', '$run', 'mul', '$run', 'add', '$read', '$delete'];
    expect(bob.batches.slice(0, 2).map(opsOf)).toEqual([again, ['$store-plan', ...again]]);
  });

  it('says that a plan is not there when the worker does not keep it', async () => {
    bob.script = ({ commands }) =>
      commands.some(([op]) => op === '$run')
        ? commands.map(([op], index) => {
            const place = commands.findIndex(([other]) => other === '$run');
            if (index > place) return { status: 'not-run' };
            return op === '$run' ? failure('plan-not-found') : { status: 'done' };
          })
        : undefined;
    const ran = hook.plan((a) => a.add(1)).run(bob, tf.scalar(1).send(bob));
    expect((await errorOf(ran.get())).code).toBe('plan-not-found');
  });

  it('fails the runs of a plan that the worker will not have, with its reason', async () => {
    const plan = hook.plan((a) => a.add(1));
    const pointer = tf.scalar(1).send(bob);
    bob.script = ({ commands }) => {
      if (!commands.some(([op]) => op === '$store-plan')) return undefined;
      throw new CommandError('Too large', { code: 'batch-too-large' });
    };
    expect((await errorOf(plan.run(bob, pointer).get())).code).toBe('batch-too-large');
    bob.script = () => undefined;
    expect(await got(plan.run(bob, pointer))).toBe(2);
  });

  it('stores a plan that was on its way when the worker was out of reach', async () => {
    const ran = hook.plan((a) => a.add(1)).run(bob, tf.scalar(1).send(bob));
    bob.script = () => {
      throw new InvocationFailedError('Out of reach', { code: 'exchange-failed' });
    };
    await errorOf(ran.get());
    bob.script = () => undefined;
    expect(await got(ran)).toBe(2);
  });
});
