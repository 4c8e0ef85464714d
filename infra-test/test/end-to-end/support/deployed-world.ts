/** A world on a federation that `cdk deploy` made, whose cloud does as it likes. */
import { beforeEach, type TestContext } from 'vitest';
import {
  type FederationDescription,
  type OpenFederation,
  openFederation,
} from '../../../src/emulator/federation.ts';
import { type ClientTarget, targetOf } from '../../../src/emulator/target.ts';
import type { LocalCloud } from '../../../src/local-cloud/index.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test was not run to its end. */
    skipReason?: string;
  }
}

/** What tests use of the local cloud that no other cloud has. */
export type FaultSwitches = Pick<
  LocalCloud,
  'setFaults' | 'faults' | 'counters' | 'lambda' | 'sqs' | 'logDirectory'
>;

/** A federation with the switches of its cloud. */
export interface DeployedWorld extends OpenFederation {
  readonly client: ClientTarget;
  readonly cloud: FaultSwitches;
}

/** Where the runner describes the federation that all files share; absent on the local cloud. */
const DESCRIPTION = process.env['TRIBUTARY_FEDERATION'];

let current: TestContext | undefined;
if (DESCRIPTION !== undefined) {
  beforeEach((context) => {
    current = context;
  });
}

/** The federation that all files share; undefined on the local cloud, where each has its own. */
export function sharedFederation(): FederationDescription | undefined {
  return DESCRIPTION === undefined ? undefined : JSON.parse(DESCRIPTION);
}

/** Opens a deployed federation. */
export async function openDeployedWorld(
  description: FederationDescription,
): Promise<DeployedWorld> {
  const client = targetOf(process.env);
  return { ...(await openFederation(client, description)), client, cloud: NO_SWITCHES };
}

/** Skips the running test, loudly, at the first thing that only the local cloud can do. */
export function skipFor(reason: string): never {
  if (current === undefined) throw new Error(`Outside of a test: ${reason}`);
  current.task.meta.skipReason = reason;
  process.stderr.write(`Skipped on a deployment: ${current.task.name}: ${reason}\n`);
  return current.skip(reason);
}

/** The switches of a cloud that has none: whatever asks for one is skipped. */
export const NO_SWITCHES: FaultSwitches = {
  setFaults: (plan) => (plan === undefined ? undefined : skipFor('needs fault switches')),
  faults: () => skipFor('needs fault switches'),
  counters: () => skipFor("needs the cloud's counters"),
  get lambda(): never {
    return skipFor("needs the cloud's counters");
  },
  get sqs(): never {
    return skipFor("needs to look into the cloud's queues");
  },
  get logDirectory(): never {
    return skipFor("needs the functions' log files");
  },
};
