import { describe, expect, it } from 'vitest';
import type { DeployedFunction } from '../../../src/local-cloud/lambda/deployed-function.ts';
import type { ExecutionEnvironment } from '../../../src/local-cloud/lambda/execution-environment.ts';
import { ProcessPool } from '../../../src/local-cloud/lambda/process-pool.ts';

/** A pool whose processes are only counted. */
function poolOf(processCountMax: number) {
  const started: string[] = [];
  const pool = new ProcessPool({
    processCountMax,
    idleMs: 60_000,
    find: (name) => ({ name, revisionId: '1' }) as DeployedFunction,
    start: (deployed) => {
      started.push(deployed.name);
      let end = (): void => undefined;
      const closed = new Promise<void>((resolve) => {
        end = resolve;
      });
      const environment = { deployed, isAlive: true, closed, kill: () => end() };
      return environment as unknown as ExecutionEnvironment;
    },
  });
  return { pool, started };
}

async function acquireAll(pool: ProcessPool, names: readonly string[]) {
  const taken = await Promise.all(names.map((name) => pool.acquire(name)));
  return taken.filter((environment) => environment !== undefined);
}

describe('the process pool at its cap', () => {
  it('gives a function its share of the cap by ending another’s idle process', async () => {
    const { pool, started } = poolOf(4);
    for (const environment of await acquireAll(pool, ['a', 'a', 'a', 'a']))
      pool.release(environment);
    await acquireAll(pool, ['b', 'b']);
    expect(started).toEqual(['a', 'a', 'a', 'a', 'b', 'b']);
    await pool.close();
  });

  it('has a function above its share wait for a process of its own', async () => {
    const { pool, started } = poolOf(4);
    const [first] = await acquireAll(pool, ['a', 'a']);
    for (const environment of await acquireAll(pool, ['b', 'b'])) pool.release(environment);
    const waiting = pool.acquire('a');
    if (first !== undefined) pool.release(first);
    expect(await waiting).toBe(first);
    expect(started).toEqual(['a', 'a', 'b', 'b']);
    await pool.close();
  });
});
