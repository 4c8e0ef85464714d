/** One value of every JSON object in the bucket, with the schema that reads it. */
import {
  type CloseObject,
  closeObjectSchema,
  type Head,
  headSchema,
  type PartialRecord,
  type PlanObject,
  partialRecordSchema,
  planObjectSchema,
  type ResultObject,
  type RoundObject,
  resultObjectSchema,
  roundObjectSchema,
  type SealObject,
  sealObjectSchema,
  type Task,
  taskSchema,
  type VersionFile,
} from '@tributary/client/protocol';
import type { Golden } from './golden.ts';
import {
  DEVICE,
  NON_FINITE,
  OTHER_DEVICE,
  PARTIAL_RECORD,
  PLAN,
  SHA256,
  WRONG_SHAPE,
} from './samples.ts';

const INITIAL: VersionFile = {
  name: 'model-9f86d081884c7d65.safetensors',
  bytes: 376,
  sha256: SHA256,
};

const PUBLISHED: VersionFile = { name: 'model.safetensors', bytes: 376, sha256: SHA256 };

const plan: PlanObject = {
  schema: 1,
  requestId: '4f1c2a3e-create',
  createdAt: 1_750_000_000_000,
  plan: PLAN,
  initial: { version: 0, files: [INITIAL] },
};

const head: Head = { schema: 1, round: 3, version: 2 };

export const ROUND: RoundObject = {
  schema: 1,
  model: 'digits',
  round: 3,
  requestId: '4f1c2a3e-start',
  openedAt: 1_750_000_100_000,
  deadlineAt: 1_750_000_220_000,
  abandonAt: 1_750_003_820_000,
  base: { version: 2, files: [PUBLISHED] },
  settings: {
    goal: 20,
    minimum: 10,
    deadlineSeconds: 120,
    abandonAfterSeconds: 3600,
    overSelection: 1.25,
    population: 1000,
  },
  groups: 1,
  shards: 1,
  groupCapacity: 16_384,
  fractionBits: 30,
  statisticFractionBits: 28,
  arithmeticVersion: 2,
  exclusionElements: true,
  seed: '000102030405060708090a0b0c0d0e0f',
  remaining: 7,
};

const close: CloseObject = {
  schema: 1,
  reason: 'goal',
  requestId: '4f1c2a3e-close',
  closedAt: 1_750_000_150_000,
  stop: false,
};

const seal: SealObject = {
  schema: 1,
  model: 'digits',
  round: 3,
  group: 0,
  seal: 0,
  final: true,
  sealedAt: 1_750_000_151_000,
  members: [
    {
      device: DEVICE,
      etag: '"d41d8cd98f00b204e9800998ecf8427e"',
      sha256: SHA256,
      bytes: 512,
      dataOffset: 472,
      exampleCount: 120,
      weight: 120,
      metrics: { loss: 0.25, accuracy: 1 },
    },
  ],
  rejected: [
    {
      device: OTHER_DEVICE,
      code: 'wrong-shape',
      detail: WRONG_SHAPE,
      sha256: '0'.repeat(64),
    },
  ],
  surplus: [],
};

export const PUBLISHED_RESULT: ResultObject = {
  schema: 1,
  model: 'digits',
  round: 3,
  requestId: 'publish-3',
  finishedAt: 1_750_000_160_000,
  stop: false,
  rejected: [{ device: OTHER_DEVICE, code: 'wrong-shape', detail: WRONG_SHAPE }],
  rejectedCounts: { 'wrong-shape': 1 },
  excluded: [],
  kind: 'published',
  version: 3,
  files: [PUBLISHED],
  baseVersion: 2,
  included: 1,
  surplus: 0,
  exampleCount: 120,
  trainingMetrics: {
    loss: { mean: 0.25, devices: 1, standardDeviation: 0, min: 0.25, max: 0.25 },
    accuracy: { mean: 1, devices: 1, standardDeviation: 0, min: 1, max: 1 },
  },
  conservation: {
    sealed: 2,
    included: 1,
    rejectedAtHeader: 1,
    rejectedInFold: 0,
    surplus: 0,
    membersDigest: SHA256,
    totalWeight: 120,
  },
};

const aborted: ResultObject = {
  schema: 1,
  model: 'digits',
  round: 4,
  requestId: 'abort-4',
  finishedAt: 1_750_000_400_000,
  stop: true,
  rejected: [{ device: OTHER_DEVICE, code: 'non-finite', detail: NON_FINITE }],
  rejectedCounts: { 'non-finite': 1 },
  excluded: [{ group: 0, seal: 0, code: 'non-finite', members: [3], elements: [8] }],
  kind: 'aborted',
  reason: 'too-few-updates',
  message: 'Of 4 sealed updates 3 have usable numbers, the minimum is 10',
  version: 3,
};

const common = { schema: 1, model: 'digits', round: 3 } as const;

const tasks: readonly (readonly [string, Task])[] = [
  ['collect', { ...common, task: 'collect' }],
  ['seal', { ...common, task: 'seal', group: 0 }],
  ['fold', { ...common, task: 'fold', group: 0, seal: 0, shard: 0 }],
  ['merge', { ...common, task: 'merge', shard: 0 }],
  ['publish', { ...common, task: 'publish' }],
];

export const GOLDEN_OBJECTS: readonly Golden[] = [
  { file: 'objects/plan.json', schema: planObjectSchema, value: plan },
  { file: 'objects/head.json', schema: headSchema, value: head },
  { file: 'objects/round.json', schema: roundObjectSchema, value: ROUND },
  { file: 'objects/close.json', schema: closeObjectSchema, value: close },
  { file: 'objects/seal.json', schema: sealObjectSchema, value: seal },
  {
    file: 'objects/partial-record.json',
    schema: partialRecordSchema,
    value: PARTIAL_RECORD satisfies PartialRecord,
  },
  { file: 'objects/result-published.json', schema: resultObjectSchema, value: PUBLISHED_RESULT },
  { file: 'objects/result-aborted.json', schema: resultObjectSchema, value: aborted },
  ...tasks.map(([name, value]) => ({ file: `tasks/${name}.json`, schema: taskSchema, value })),
];
