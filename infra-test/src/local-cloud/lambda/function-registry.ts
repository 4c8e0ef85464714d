import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DeployedFunction } from './deployed-function.ts';
import { type ConfigurationInput, checkVariables } from './function-input.ts';
import { newId, RestError } from './rest-api.ts';
import { readZip, ZipError } from './zip-archive.ts';

/** Largest archive uploaded directly, in bytes. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ARCHIVE_BYTES_MAX = 52_428_800;

/** What CreateFunction needs beyond settings. */
export interface NewFunction extends ConfigurationInput {
  readonly FunctionName: string;
  readonly Role: string;
  readonly Runtime: string;
  readonly Handler: string;
  readonly architecture: string;
  readonly archive: Buffer;
}

/** All functions of the account, by name. */
export class FunctionRegistry {
  readonly #arnPrefix: string;
  readonly #directory: string;
  readonly #functions = new Map<string, DeployedFunction>();

  /** @param options.directory - Where packages are unpacked. */
  constructor(options: {
    readonly region: string;
    readonly accountId: string;
    readonly directory: string;
  }) {
    this.#arnPrefix = `arn:aws:lambda:${options.region}:${options.accountId}:function:`;
    this.#directory = options.directory;
  }

  find(name: string): DeployedFunction | undefined {
    return this.#functions.get(name);
  }

  /** Finds by name, ARN or partial ARN. @throws {@link RestError} `ResourceNotFoundException`. */
  get(nameOrArn: string): DeployedFunction {
    const name =
      nameOrArn
        .replace(/:\$LATEST$/, '')
        .split(':')
        .at(-1) ?? '';
    const deployed = this.#functions.get(name);
    if (
      deployed === undefined ||
      (nameOrArn.startsWith('arn:') && !nameOrArn.startsWith(deployed.arn))
    ) {
      throw new RestError(
        'ResourceNotFoundException',
        404,
        `Function not found: ${this.#arnPrefix}${name}`,
      );
    }
    return deployed;
  }

  /** All functions, by name. */
  list(): DeployedFunction[] {
    return [...this.#functions.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** @throws {@link RestError} when the name is taken, or archive or variables don't fit. */
  create(input: NewFunction): DeployedFunction {
    const name = input.FunctionName;
    if (this.#functions.has(name)) {
      throw new RestError('ResourceConflictException', 409, `Function already exist: ${name}`);
    }
    return this.#put({
      name,
      arn: this.#arnPrefix + name,
      architecture: input.architecture,
      runtime: input.Runtime,
      role: input.Role,
      handler: input.Handler,
      ...{ description: '', timeoutSeconds: 3, memoryMegabytes: 128, variables: {} },
      ...settingsOf(input),
      ...this.#unpack(name, input.archive),
    });
  }

  /** Replaces a function's code. */
  updateCode(deployed: DeployedFunction, archive: Buffer): DeployedFunction {
    return this.#put({ ...deployed, ...this.#unpack(deployed.name, archive) });
  }

  /** Changes the settings that are named. */
  updateConfiguration(deployed: DeployedFunction, input: ConfigurationInput): DeployedFunction {
    return this.#put({ ...deployed, ...settingsOf(input) });
  }

  delete(deployed: DeployedFunction): void {
    this.#functions.delete(deployed.name);
  }

  #put(deployed: Omit<DeployedFunction, 'revisionId' | 'lastModified'>): DeployedFunction {
    const lastModified = new Date().toISOString().replace('Z', '+0000');
    const stored = { ...deployed, revisionId: newId(), lastModified };
    this.#functions.set(stored.name, stored);
    return stored;
  }

  #unpack(
    name: string,
    archive: Buffer,
  ): Pick<DeployedFunction, 'codeDirectory' | 'codeBytes' | 'codeSha256'> {
    if (archive.length > ARCHIVE_BYTES_MAX) {
      throw invalidParameter(
        `Archive has ${archive.length} bytes, at most ${ARCHIVE_BYTES_MAX} can be uploaded directly`,
      );
    }
    const digest = createHash('sha256').update(archive);
    const codeDirectory = join(this.#directory, name, newId());
    for (const { path, bytes } of unzip(archive)) {
      const target = join(codeDirectory, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
    return { codeDirectory, codeBytes: archive.length, codeSha256: digest.digest('base64') };
  }
}

function unzip(archive: Buffer): ReturnType<typeof readZip> {
  try {
    return readZip(archive);
  } catch (error) {
    if (error instanceof ZipError) {
      throw invalidParameter(`Could not unzip uploaded file: ${error.message}`);
    }
    throw error;
  }
}

type Settings = Pick<
  DeployedFunction,
  | 'runtime'
  | 'role'
  | 'handler'
  | 'description'
  | 'timeoutSeconds'
  | 'memoryMegabytes'
  | 'variables'
>;

function settingsOf(input: ConfigurationInput): Partial<Settings> {
  const variables = input.Environment?.Variables;
  checkVariables(variables ?? {});
  const settings = {
    runtime: input.Runtime,
    role: input.Role,
    handler: input.Handler,
    description: input.Description,
    timeoutSeconds: input.Timeout,
    memoryMegabytes: input.MemorySize,
    variables,
  };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Settings>;
}

function invalidParameter(message: string): RestError {
  return new RestError('InvalidParameterValueException', 400, message);
}
