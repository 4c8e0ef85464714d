/** One key of every kind of object. */
import {
  claimKey,
  closeKey,
  headKey,
  MODELS_PREFIX,
  partialKey,
  partialsPrefix,
  planKey,
  resultKey,
  roundKey,
  roundsPrefix,
  sealKey,
  sealsPrefix,
  stateFileKey,
  UPDATES_PREFIX,
  updateKey,
  updatesPrefix,
  versionFileKey,
  workerObjectKey,
  workerObjectsPrefix,
  workerPlanKey,
  workerTransferKey,
} from '@tributary/client/protocol';
import { DEVICE } from './samples.ts';

const OBJECT_ID = 'q80vH0Vyk2cX3mLdPzJ_Ng';
const SHA256 = '9f'.repeat(32);
const ROUND = { model: 'digits', round: 12 } as const;

export const GOLDEN_KEYS: Readonly<Record<string, string>> = {
  modelsPrefix: MODELS_PREFIX,
  plan: planKey('digits'),
  head: headKey('digits'),
  versionFile: versionFileKey('digits', 11, 'model.safetensors'),
  stateFile: stateFileKey('digits', 11, 'state.safetensors'),
  roundsPrefix: roundsPrefix('digits'),
  round: roundKey(ROUND),
  close: closeKey(ROUND),
  result: resultKey(ROUND),
  sealsPrefix: sealsPrefix(ROUND, 3),
  seal: sealKey({ ...ROUND, group: 3, seal: 10 }),
  allUpdatesPrefix: UPDATES_PREFIX,
  updatesPrefix: updatesPrefix(ROUND, 3),
  update: updateKey({ ...ROUND, group: 3, device: DEVICE }),
  partialsPrefix: partialsPrefix(ROUND, 3),
  partial: partialKey({ ...ROUND, group: 3, seal: 10, shard: 2 }),
  claim: claimKey({ ...ROUND, work: 'fold-3-10-2', window: 58_333_333 }),
  workerObjectsPrefix: workerObjectsPrefix('alice'),
  ownerObjectsPrefix: workerObjectsPrefix('alice', DEVICE),
  workerObject: workerObjectKey({ worker: 'alice', owner: DEVICE, id: OBJECT_ID }),
  workerPlan: workerPlanKey('alice', SHA256),
  workerTransfer: workerTransferKey({ worker: 'alice', owner: DEVICE, sha256: SHA256 }),
};
