import type { VerbName } from '../../protocol/index.ts';
import type { Verb } from '../batch/command.ts';
import { clearObjects } from './clear.ts';
import { createObject, fetchObject } from './create.ts';
import { deleteObjects } from './delete.ts';
import { describeObject, headOfObject } from './describe.ts';
import { grantObject, releaseObject } from './grant.ts';
import { listObjects } from './list.ts';
import { fetchPlan, storePlan } from './plans.ts';
import { createPointer } from './pointer.ts';
import { readObject } from './read.ts';
import { runGradient, runStoredPlan } from './run.ts';
import { offerUpload } from './upload.ts';

const VERBS: Readonly<Record<VerbName, Verb>> = Object.freeze({
  __proto__: null as never,
  $clear: clearObjects,
  $create: createObject,
  $delete: deleteObjects,
  $describe: describeObject,
  $fetch: fetchObject,
  '$fetch-plan': fetchPlan,
  $grad: runGradient,
  $grant: grantObject,
  $head: headOfObject,
  $list: listObjects,
  $pointer: createPointer,
  $read: readObject,
  $release: releaseObject,
  $run: runStoredPlan,
  '$store-plan': storePlan,
  $upload: offerUpload,
});

/** What runs a command that is no tensor operation; `undefined` for names that are none of these. */
export function verbOf(op: string): Verb | undefined {
  // The table has no prototype, so that it holds nothing but its own names.
  return VERBS[op as VerbName];
}
