/** One batch with every verb, its answer, and a plan. */
import {
  batchAnswerSchema,
  batchSchema,
  type ObjectHeader,
  type RemotePlan,
  type Tombstone,
} from '@tributary/client/protocol';
import type { Golden } from './golden.ts';

/** Ids by letter. */
const id = (letter: string): string => letter.repeat(22);

const PLAN: RemotePlan = {
  schema: 1,
  inputs: 2,
  constants: [{ dtype: 'float32', shape: [], data: 'AACAPw==' }],
  commands: [
    ['mul', ['i0', 'i1'], {}, ['t0']],
    ['add', ['t0', 'c0'], {}, ['t1']],
    ['sum', ['t1'], { axis: 0 }, ['t2']],
  ],
  outputs: ['t2'],
};

/** `a => a.sum().div(a.shape[0])`, traced for one form. */
const MEAN: RemotePlan = {
  schema: 1,
  inputs: 1,
  forms: [{ dtype: 'float32', shape: [32, 4] }],
  constants: [],
  commands: [
    ['sum', ['i0'], {}, ['t0']],
    ['div', ['t0', { value: 32 }], {}, ['t1']],
  ],
  outputs: ['t1'],
};

const DIGEST = 'b0'.repeat(32);
const SHA256 = '9f'.repeat(32);

export const OBJECT_HEADER: ObjectHeader = {
  schema: 1,
  kind: 'tensor',
  dtype: 'float32',
  shape: [2],
  digest: DIGEST,
  owner: 'carol',
  createdAt: 1_750_000_000_000,
  origin: 'sent',
  tags: ['#x'],
  description: 'two numbers',
  restrictions: [{ owner: 'carol', allow: ['dave'], releaseFrom: 3 }],
  releasedBy: ['erin'],
};

export const TOMBSTONE: Tombstone = {
  schema: 1,
  kind: 'deleted',
  digest: DIGEST,
  deletedAt: 1_750_000_000_001,
};

const FORM = { dtype: 'float32', shape: [2], tags: ['#x'], description: 'two numbers' };

export const GOLDEN_COMMANDS: readonly Golden[] = [
  {
    file: 'commands/batch.json',
    schema: batchSchema,
    value: {
      schema: 1,
      worker: 'alice',
      commands: [
        [
          '$create',
          [],
          { dtype: 'float32', shape: [2], data: 'AACAPwAAAEA=', tags: ['#x'], private: true },
          [id('a')],
        ],
        [
          'clipByValue',
          [id('a')],
          { clipValueMin: { $number: '-Infinity' }, clipValueMax: 3 },
          [id('b')],
        ],
        ['concat', [[id('b'), `carol/${id('c')}`, { value: [5] }]], { axis: 0 }, [id('d')]],
        ['$read', [id('d')], {}, []],
        ['$store-plan', [], { plan: PLAN }, []],
        ['$run', [id('a'), id('b')], { plan: DIGEST, seed: 7 }, [id('e')]],
        ['$grad', [id('a'), id('b')], { plan: DIGEST, wrt: [0] }, [id('f'), id('g')]],
        ['$delete', [id('a')], {}, []],
      ],
      keep: [id('d'), id('e'), id('f'), id('g')],
    },
  },
  {
    file: 'commands/answer.json',
    schema: batchAnswerSchema,
    value: {
      schema: 1,
      statuses: [
        { status: 'done' },
        { status: 'done', value: { digest: DIGEST } },
        {
          status: 'failed',
          error: {
            casualty: 'command',
            code: 'results-mismatch',
            message: 'unstack made 3 tensors and got 2 result ids; give one id for each',
            detail: { command: { index: 2, op: 'unstack', results: [id('a'), id('b')] } },
          },
        },
        { status: 'not-run' },
      ],
    },
  },
  {
    file: 'commands/values.json',
    schema: batchAnswerSchema,
    value: {
      schema: 1,
      statuses: [
        { ...FORM, restrictions: OBJECT_HEADER.restrictions, data: 'AACAPwAAAEA=' },
        { ...FORM, restrictions: [], download: { url: 'https://…', sha256: SHA256 } },
        { ...FORM, restrictions: [], pointer: { location: 'bob', owner: 'carol', id: id('c') } },
        { owner: 'carol', id: id('c'), kind: 'tensor', ...FORM, own: false, private: true },
        { upload: SHA256, url: 'https://…', headers: { 'content-length': '8' } },
      ].map((value) => ({ status: 'done', value })),
    },
  },
  { file: 'commands/plan.json', value: PLAN },
  { file: 'commands/plan-for-one-form.json', value: MEAN },
];
