import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalCloudOptions } from '../local-cloud/index.ts';
import { type LocalFederation, startLocalFederation } from '../local-federation/index.ts';
import {
  assertReplaceable,
  CONFIG_FILE,
  ENVIRONMENT_FILE,
  removeFiles,
  tokenFile,
  writeFiles,
} from './files.ts';

/** Tokens live an hour; the files hold new ones well before. */
const RENEW_MS = 20 * 60_000;

/** Key of pseudonyms, kept beside the objects: devices are the same ones after a restart. */
const SECRET_FILE = 'federation.secret';

/** Settings of {@link serveFederation}. */
export interface ServeOptions extends Pick<LocalCloudOptions, 'port' | 'dataDirectory'> {
  /** Devices that are given a token each. */
  readonly devices: readonly string[];
  /** Folder of the files. @default the current one */
  readonly folder?: string;
}

/** A federation on a local cloud of its own, described in files. */
export interface ServedFederation {
  readonly endpoint: string;
  readonly logDirectory: string;
  /** Names of the files. */
  readonly files: readonly string[];
  /** Ends the cloud and removes the files. */
  close(): Promise<void>;
}

/**
 * Starts a local cloud with a federation, and writes what other programs need: `tributary.json`, an
 * environment file, and a token for each device, renewed as long as it runs.
 *
 * @throws {@link FilesExistError} before anything is started.
 */
export async function serveFederation(options: ServeOptions): Promise<ServedFederation> {
  const { devices, folder = '.', dataDirectory, ...cloud } = options;
  assertReplaceable(folder);
  const federation = await startLocalFederation({
    cloud: { ...cloud, ...(dataDirectory === undefined ? {} : { dataDirectory }) },
    ...(dataDirectory === undefined ? {} : { secret: () => keptSecret(dataDirectory) }),
  });

  writeFiles(folder, {
    [CONFIG_FILE]: configOf(federation),
    [ENVIRONMENT_FILE]: environmentOf(federation),
  });
  const renew = async () => writeFiles(folder, await tokensOf(federation, devices));
  await renew();
  const timer = setInterval(() => void renew(), RENEW_MS);

  const files = [CONFIG_FILE, ENVIRONMENT_FILE, ...devices.map(tokenFile)];
  const { endpoint, logDirectory } = federation.cloud;
  return {
    endpoint,
    logDirectory,
    files,
    async close() {
      clearInterval(timer);
      removeFiles(folder, files);
      await federation.close();
    },
  };
}

function configOf({ deployed, cloud }: LocalFederation): string {
  const { coordinatorUrl, coordinatorFunction } = deployed;
  const { region, endpoint } = cloud;
  return `${JSON.stringify({ coordinatorUrl, coordinatorFunction, region, endpoint }, null, 2)}\n`;
}

function environmentOf({ cloud }: LocalFederation): string {
  const lines = Object.entries(cloud.environment()).map(
    ([name, value]) => `export ${name}=${value}`,
  );
  return `${lines.join('\n')}\n`;
}

async function tokensOf(
  { identity }: LocalFederation,
  devices: readonly string[],
): Promise<Record<string, string>> {
  const tokens = devices.map(async (subject): Promise<[string, string]> => {
    return [tokenFile(subject), `${await identity.token({ subject })}\n`];
  });
  return Object.fromEntries(await Promise.all(tokens));
}

function keptSecret(dataDirectory: string): string {
  const path = join(dataDirectory, SECRET_FILE);
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}
