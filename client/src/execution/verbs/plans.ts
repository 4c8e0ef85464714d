import {
  CommandError,
  canonicalJson,
  fetchPlanAttributesSchema,
  type Json,
  jsonDigest,
  parsePlan,
  type RemotePlan,
  storePlanAttributesSchema,
} from '../../protocol/index.ts';
import type { BatchRun } from '../batch/batch-run.ts';
import { attributesOf, checkCounts, type Verb } from '../batch/command.ts';
import { tooLarge } from './read.ts';

/** `$store-plan`: stores a plan under its digest. */
export const storePlan: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 0 });
  const { plan } = attributesOf(storePlanAttributesSchema, command);
  const json = parsePlan(plan) as unknown as Json;
  const digest = await jsonDigest(json);
  await run.context.store.createPlan(digest, new TextEncoder().encode(canonicalJson(json)));
  return { digest };
};

/** `$fetch-plan`: a stored plan, for whoever knows its digest. */
export const fetchPlan: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 0 });
  const { digest } = attributesOf(fetchPlanAttributesSchema, command);
  const text = await planText(run, digest);
  if (!run.claimAnswer(text.length)) throw tooLarge();
  return { plan: JSON.parse(text) };
};

/**
 * A plan by its digest, or the plan itself.
 *
 * @throws {@link CommandError} `plan-not-found`, `plan-invalid`.
 */
export async function planOf(run: BatchRun, plan: unknown): Promise<RemotePlan> {
  return parsePlan(typeof plan === 'string' ? JSON.parse(await planText(run, plan)) : plan);
}

async function planText(run: BatchRun, digest: string): Promise<string> {
  const bytes = await run.context.store.readPlan(digest);
  if (bytes !== undefined) return new TextDecoder().decode(bytes);
  throw new CommandError(`There is no plan ${digest} at this worker; send the plan to it first`, {
    code: 'plan-not-found',
  });
}
