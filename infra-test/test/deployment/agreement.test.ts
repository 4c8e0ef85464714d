import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEPLOYMENT, VARIABLES } from '@tributary/client/deployment';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DeploymentFacts,
  describedFacts,
} from '../../../cdk/test/support/deployment-facts.ts';
import { parseEvent } from '../../../lambdas/src/aggregator/events.ts';
import { localDifferences } from '../../src/deployment/index.ts';
import { type LocalFederation, startLocalFederation } from '../../src/index.ts';
import { localFacts } from './support/local-facts.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

let federation: LocalFederation;
let local: DeploymentFacts;

beforeAll(async () => {
  federation = await startLocalFederation();
  local = await localFacts(federation, await federation.deployWorker({ id: 'bob' }));
});

afterAll(() => federation?.close());

describe('a deployment is written once', () => {
  // So is the template, by a test of the CDK's.
  test('the local deployment is what the description says, but for the origins of browsers', () => {
    expect(local).toEqual(describedFacts(['*']));
  });

  test('the event of the sweep is one that the aggregator knows', () => {
    expect(parseEvent(DEPLOYMENT.sweep.event)).toEqual({ kind: 'sweep' });
  });

  test('what differs on the local cloud is named, each with its reason', () => {
    const lines = localDifferences.map(
      ({ about, onAws, here, why }) => `  ${about}: on AWS ${onAws}; here ${here}, because ${why}`,
    );
    process.stdout.write(`A local deployment differs in\n${lines.join('\n')}\n`);
    expect(new Set(localDifferences.map(({ about }) => about)).size).toBe(localDifferences.length);
    for (const difference of localDifferences) {
      expect(Object.values(difference).every((text: string) => text.trim() !== '')).toBe(true);
      expect(difference.here).not.toBe(difference.onAws);
    }
  });
});

describe('names of environment variables', () => {
  /** Lines of the functions' and the deployments' sources that hold a name as text. */
  function linesWithNames(folder: string): string[] {
    return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const lines = readFileSync(join(ROOT, folder, file), 'utf8').split('\n');
        const found = lines.filter((line) =>
          Object.values(VARIABLES).some((name) => new RegExp(`\\b${name}\\b`).test(line)),
        );
        return found.map((line) => `${folder}/${file}: ${line.trim()}`);
      });
  }

  test.each(['lambdas/src', 'cdk/src', 'infra-test/src'])('are written nowhere in %s', (folder) => {
    expect(linesWithNames(folder)).toEqual([]);
  });

  test('stand in the description, and in the image of the worker as there', () => {
    expect(linesWithNames('client/src/protocol/deployment')).toHaveLength(
      Object.keys(VARIABLES).length,
    );
    const image = readFileSync(join(ROOT, 'lambdas/src/worker/image/Dockerfile'), 'utf8');
    expect(image).toContain(`ENV ${VARIABLES.accelerator}=tensorflow`);
  });
});
