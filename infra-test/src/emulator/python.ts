/** A Python of its own for the emulator: a virtual environment under the repository's `.cache/`. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeploymentError } from '@tributary/client/protocol';

const run = promisify(execFile);

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url));

/** Every package with its version, so that a run of next year installs what this one did. */
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Fails where something is missing: MiniStack makes its TLS certificate with the openssl command. */
const PROBE =
  "import shutil, sys, venv, ensurepip; sys.exit(not (sys.version_info >= (3, 10) and shutil.which('openssl')))";

const HOW_TO_GET_IT =
  "install them (Debian and Ubuntu: apt-get install python3 python3-venv openssl; macOS: brew install python openssl), or set AWS_ENDPOINT_URL to a LocalStack-compatible emulator's endpoint";

/** An installed MiniStack. */
export interface InstalledMiniStack {
  readonly python: string;
  readonly version: string;
}

/**
 * Installs the pinned MiniStack, once.
 *
 * @throws {@link DeploymentError} `python-missing` without Python 3.10 or newer, its `venv`, or openssl;
 * `emulator-not-installed` when PyPI can't be reached
 */
export async function installMiniStack(): Promise<InstalledMiniStack> {
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const version = /^ministack==(.+)$/m.exec(requirements)?.[1] ?? 'unpinned';
  const environment = join(CACHE, `ministack-${version}`);
  const installed = { python: join(environment, 'bin', 'python'), version };
  // Written last, so an installation that was interrupted begins again.
  const receipt = join(environment, 'installed-requirements.txt');
  if ((await readFile(receipt, 'utf8').catch(() => '')) === requirements) return installed;
  await probePython();
  await rm(environment, { recursive: true, force: true });
  await mkdir(CACHE, { recursive: true });
  await install(environment, installed.python);
  await writeFile(receipt, requirements);
  return installed;
}

async function probePython(): Promise<void> {
  try {
    await run('python3', ['-c', PROBE]);
  } catch (cause) {
    throw new DeploymentError(
      `Python 3.10 or newer with venv, or openssl, is missing, which the emulator needs; ${HOW_TO_GET_IT}`,
      { code: 'python-missing', cause },
    );
  }
}

async function install(environment: string, python: string): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', environment]);
    const quiet = ['--quiet', '--disable-pip-version-check'];
    await run(python, ['-m', 'pip', 'install', ...quiet, '--requirement', REQUIREMENTS]);
  } catch (cause) {
    throw new DeploymentError(
      "MiniStack could not be installed from PyPI; see the cause, or set AWS_ENDPOINT_URL to a LocalStack-compatible emulator's endpoint",
      { code: 'emulator-not-installed', cause },
    );
  }
}
