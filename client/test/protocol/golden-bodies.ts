/** One value of every body between devices, operators and the coordinator. */
import {
  type CheckInAnswer,
  type CreateModelAnswer,
  checkInAnswerSchema,
  encodeUpdate,
  type ModelList,
  type ModelStatus,
  type Operation,
  type OutcomeAnswer,
  operationSchema,
  outcomeAnswerSchema,
  type Refusal,
  type RoundList,
  type RoundStatus,
  readHeaderText,
  refusalSchema,
  type Slot,
  type SlotRequest,
  type StartRoundAnswer,
  slotRequestSchema,
  slotSchema,
  type VersionDownload,
  versionDownloadSchema,
} from '@tributary/client/protocol';
import { CONTENT } from './files/update-samples.ts';
import type { Golden } from './golden.ts';
import { PUBLISHED_RESULT, ROUND } from './golden-objects.ts';
import { DEVICE, PLAN, SHA256, WRONG_SHAPE } from './samples.ts';

const download: VersionDownload = {
  schema: 1,
  model: 'digits',
  version: 2,
  files: [
    {
      name: 'model.safetensors',
      url: 'https://bucket.s3.eu-west-1.amazonaws.com/models/digits/versions/2/model.safetensors?X-Amz-Signature=0a',
      bytes: 376,
      sha256: SHA256,
    },
  ],
};

const checkIns: Readonly<Record<string, CheckInAnswer>> = {
  selected: {
    schema: 1,
    kind: 'selected',
    round: 3,
    device: DEVICE,
    plan: PLAN,
    base: download,
    deadlineAt: 1_750_000_220_000,
  },
  'not-selected': { schema: 1, kind: 'not-selected', round: 3, retryAfterSeconds: 14.5 },
  received: {
    schema: 1,
    kind: 'not-selected',
    round: 3,
    retryAfterSeconds: 2.5,
    received: true,
  },
  'no-round': { schema: 1, kind: 'no-round', retryAfterSeconds: 31 },
};

const slotRequest: SlotRequest = { schema: 1, bytes: 512, sha256: SHA256, baseVersion: 2 };

const update = encodeUpdate(CONTENT);

const slotRequestWithHeader: SlotRequest = {
  ...slotRequest,
  bytes: update.length,
  header: readHeaderText(update),
};

const slot: Slot = {
  schema: 1,
  url: `https://bucket.s3.eu-west-1.amazonaws.com/updates/0/digits/3/${DEVICE}?X-Amz-Signature=0b`,
  headers: {
    'if-none-match': '*',
    'x-amz-checksum-sha256': 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
    'x-amz-sdk-checksum-algorithm': 'SHA256',
  },
  expiresAt: 1_750_001_000_000,
  expiresInSeconds: 900,
};

const outcomes: readonly OutcomeAnswer[] = [
  { schema: 1, kind: 'missing', retryAfterSeconds: 2 },
  { schema: 1, kind: 'received', sealed: false, retryAfterSeconds: 2 },
  { schema: 1, kind: 'accepted', version: 3 },
  { schema: 1, kind: 'duplicate', version: 3 },
  { schema: 1, kind: 'rejected', code: 'wrong-shape', detail: WRONG_SHAPE },
  { schema: 1, kind: 'surplus' },
  { schema: 1, kind: 'late' },
  { schema: 1, kind: 'aborted', reason: 'too-few-updates' },
];

const refusal: Refusal = {
  schema: 1,
  error: {
    code: 'wrong-base',
    message:
      'Update was trained from version 1, round 3 starts from 2; fetch version 2 and train again',
    detail: { baseVersion: 2 },
    retryAfterSeconds: 0,
  },
};

const operations: readonly Operation[] = [
  {
    schema: 1,
    operation: 'create-model',
    requestId: '4f1c2a3e-create',
    plan: PLAN,
    weights: { bytes: 376, sha256: SHA256 },
  },
  {
    schema: 1,
    operation: 'start-round',
    requestId: '4f1c2a3e-start',
    model: 'digits',
    settings: ROUND.settings,
    remaining: 'continuous',
  },
  {
    schema: 1,
    operation: 'close-round',
    requestId: '4f1c2a3e-close',
    model: 'digits',
    round: 3,
    stop: false,
  },
  {
    schema: 1,
    operation: 'abort-round',
    requestId: '4f1c2a3e-abort',
    model: 'digits',
    round: 3,
    stop: true,
  },
  { schema: 1, operation: 'model-status', model: 'digits' },
  { schema: 1, operation: 'round-status', model: 'digits', round: 3 },
  { schema: 1, operation: 'list-models' },
  { schema: 1, operation: 'list-rounds', model: 'digits', before: 101 },
  { schema: 1, operation: 'version', model: 'digits', version: 'head' },
];

const roundStatus: RoundStatus = {
  schema: 1,
  model: 'digits',
  round: 3,
  phase: 'published',
  openedAt: ROUND.openedAt,
  deadlineAt: ROUND.deadlineAt,
  settings: ROUND.settings,
  baseVersion: 2,
  remaining: 7,
  closed: { reason: 'goal', closedAt: 1_750_000_150_000 },
  result: PUBLISHED_RESULT,
};

const answers: Readonly<
  Record<
    string,
    CreateModelAnswer | StartRoundAnswer | RoundStatus | ModelStatus | ModelList | RoundList
  >
> = {
  'create-model-upload': { schema: 1, kind: 'upload', slot },
  'create-model-created': { schema: 1, kind: 'created', model: 'digits', version: 0 },
  'start-round': { schema: 1, round: 3, baseVersion: 2, deadlineAt: ROUND.deadlineAt },
  'round-status': roundStatus,
  'model-status': { schema: 1, model: 'digits', version: 3, round: 3, openRound: null, plan: PLAN },
  'list-models': { schema: 1, models: ['digits', 'letters'] },
  'list-rounds': {
    schema: 1,
    model: 'digits',
    rounds: [
      { round: 4, phase: 'aborted', reason: 'too-few-updates', version: null },
      { round: 3, phase: 'published', reason: null, version: 3 },
    ],
    next: 3,
  },
};

export const GOLDEN_BODIES: readonly Golden[] = [
  ...Object.entries(checkIns).map(([kind, value]) => ({
    file: `bodies/check-in-${kind}.json`,
    schema: checkInAnswerSchema,
    value,
  })),
  { file: 'bodies/slot-request.json', schema: slotRequestSchema, value: slotRequest },
  {
    file: 'bodies/slot-request-with-header.json',
    schema: slotRequestSchema,
    value: slotRequestWithHeader,
  },
  { file: 'bodies/slot.json', schema: slotSchema, value: slot },
  ...outcomes.map((value) => ({
    file: `bodies/outcome-${value.kind}.json`,
    schema: outcomeAnswerSchema,
    value,
  })),
  {
    file: 'bodies/outcome-rejected-duplicate.json',
    schema: outcomeAnswerSchema,
    value: { schema: 1, kind: 'rejected', code: 'non-finite', duplicate: true },
  },
  { file: 'bodies/version-download.json', schema: versionDownloadSchema, value: download },
  { file: 'bodies/refusal.json', schema: refusalSchema, value: refusal },
  ...operations.map((value) => ({
    file: `operations/${value.operation}.json`,
    schema: operationSchema,
    value,
  })),
  ...Object.entries(answers).map(([name, value]) => ({ file: `answers/${name}.json`, value })),
];
