/** Runs MiniStack, an emulator of AWS that others wrote, on a free loopback port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeploymentError } from '@tributary/client/protocol';
import { installMiniStack } from './python.ts';

/** Longest wait for the first answer; it takes two seconds on an idle machine. */
const START_MS_MAX = 60_000;

/** Longest wait between SIGTERM and SIGKILL; it takes two seconds to end. */
const STOP_MS_MAX = 15_000;

/** A running emulator. */
export interface MiniStack {
  /** `https://127.0.0.1:{port}`. */
  readonly endpoint: string;
  readonly version: string;
  /** Process group of it and the handlers it runs. */
  readonly processGroup: number | undefined;
  /** Certificate of the endpoint, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificateFile: string;
  /** Ends it, and everything it stored. */
  close(): Promise<void>;
}

/**
 * Starts the pinned MiniStack with all it stores in a temporary folder. It enforces IAM (roles, bucket
 * and queue policies) and speaks TLS, which those policies demand.
 *
 * @throws {@link DeploymentError} `emulator-not-started`, and those of {@link installMiniStack}
 */
export async function startMiniStack(): Promise<MiniStack> {
  const { python, version } = await installMiniStack();
  const folder = await mkdtemp(join(tmpdir(), 'tributary-ministack-'));
  const port = await freePort();
  const log = await open(join(folder, 'log'), 'w');
  const child = spawn(python, ['-m', 'ministack'], {
    env: await environmentOf(folder, port),
    stdio: ['ignore', log.fd, log.fd],
    // A group of its own, with the handlers it starts: Ctrl-C must not end it before its stacks.
    detached: true,
  });
  await log.close();
  const close = async (): Promise<void> => {
    await stop(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const endpoint = `https://127.0.0.1:${port}`;
  const certificateFile = join(folder, 'tmp', 'ministack-tls', 'server.crt');
  try {
    await untilHealthy(endpoint, child);
  } catch (cause) {
    const tail = (await readFile(join(folder, 'log'), 'utf8')).slice(-2000);
    await close();
    throw new DeploymentError(`MiniStack ${version} did not start; its log ends with:\n${tail}`, {
      code: 'emulator-not-started',
      cause,
    });
  }
  return { endpoint, version, processGroup: child.pid, certificateFile, close };
}

/** Nothing of this process's own environment: handlers there see what the emulator sees. */
async function environmentOf(folder: string, port: number): Promise<Record<string, string>> {
  const own = { S3_DATA_DIR: 's3', STATE_DIR: 'state', TMPDIR: 'tmp', HOME: 'home' };
  const folders = Object.entries(own).map(([name, path]) => [name, join(folder, path)] as const);
  await Promise.all(folders.map(([, path]) => mkdir(path)));
  return {
    ...Object.fromEntries(folders),
    // It runs handlers with the first `node` it finds.
    PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    // AWS's runtime brings its SDK, on which the CDK's own functions rely; ours stands in for it.
    NODE_PATH: fileURLToPath(new URL('../../../node_modules', import.meta.url)),
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    S3_PERSIST: '1',
    AUTH: 'true',
    USE_SSL: '1',
    LOG_LEVEL: 'WARNING',
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('Loopback gave no port');
  return address.port;
}

async function untilHealthy(endpoint: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`It ended with exit code ${child.exitCode}`);
    if (await isHealthy(endpoint)) return;
    if (Date.now() > deadline) throw new Error(`It gave no answer in ${START_MS_MAX} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Its certificate is a moment old and this process's own, so there is nobody to mistake it for. */
function isHealthy(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(`${endpoint}/_ministack/health`, { rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  signal(child, 'SIGTERM');
  const timer = setTimeout(() => signal(child, 'SIGKILL'), STOP_MS_MAX);
  await ended;
  clearTimeout(timer);
}

/** Tells the whole group; one that never started or has ended needs no telling. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
