/**
 * Deploys one federation for all files, runs them, and destroys it. The usual AWS variables say where;
 * `main.ts` sets them for an emulator, and without `AWS_ENDPOINT_URL` it is AWS itself.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Closers } from '../local-federation/index.ts';
import { bootstrap, synthesize } from './cdk.ts';
import { runChild } from './child.ts';
import { federationContext } from './context.ts';
import { createContractRole, deleteContractRole } from './contract-role.ts';
import { openIssuer } from './issuer.ts';
import { targetOf } from './target.ts';
import { WORKERS } from './workers.ts';

const CONFIG = fileURLToPath(new URL('../../vitest.config.ts', import.meta.url));
const REPORT = fileURLToPath(new URL('../../../.cache/emulator.json', import.meta.url));
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);

/** Files that `vitest.config.ts` leaves out. */
const NOT_RUN = `Not run on a deployment:
  end-to-end/kills: needs fault switches
  end-to-end/hostile-headers: needs the functions' log files, to measure their memory
  end-to-end/thousand: needs more than an emulator's speed (AWS runs it)
`;

const target = targetOf(process.env);
const implementation =
  process.env['TRIBUTARY_IMPLEMENTATION'] ?? (target.endpoint === undefined ? 'AWS' : 'unnamed');
const closers = new Closers();
try {
  await timed('bootstrap', () => bootstrap(target));
  const issuer = await openIssuer(target);
  closers.add(() => issuer.close());
  const context = {
    ...federationContext('tributary-suite', target, issuer.exported),
    workers: WORKERS.join(','),
  };
  const app = await timed('synth', () => synthesize(target, context));
  closers.add(() => app.close());
  closers.add(() => timed('destroy', () => app.destroy()));
  const outputs = await timed('deploy', () => app.deploy());
  const role = await createContractRole(target);
  closers.add(() => deleteContractRole(target));
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const words = [vitest, 'run', '--config', CONFIG, ...reporters, ...process.argv.slice(2)];
  process.stdout.write(NOT_RUN);
  process.exitCode = await runChild(words, {
    TRIBUTARY_IMPLEMENTATION: implementation,
    TRIBUTARY_FEDERATION: JSON.stringify({ outputs, issuer: issuer.exported }),
    TRIBUTARY_CONTRACT_ROLE: role,
    AWS_REGION: target.region,
    AWS_ACCESS_KEY_ID: target.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: target.credentials.secretAccessKey,
  });
} finally {
  await closers.close();
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  process.stdout.write(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s\n`);
  return result;
}
