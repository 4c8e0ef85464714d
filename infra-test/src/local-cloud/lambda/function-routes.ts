import type { CloudRequest } from '../service.ts';
import type { DeployedFunction } from './deployed-function.ts';
import {
  createFunctionInput,
  updateCodeInput,
  updateConfigurationInput,
} from './function-input.ts';
import type { FunctionRegistry } from './function-registry.ts';
import { jsonResponse, RestError, type Route, readInput } from './rest-api.ts';

const REFUSAL = 'InvalidParameterValueException';
const FUNCTIONS = '/2015-03-31/functions';

/** What functions' routes work with. */
export interface FunctionRoutesOptions {
  readonly registry: FunctionRegistry;
  /** Called when a function has a new state, or none. */
  readonly onChange: (functionName: string) => void;
  /** Called when a function is deleted. */
  readonly onDelete: (functionName: string) => void;
  readonly reservedConcurrencyOf: (functionName: string) => number | undefined;
}

/** CreateFunction, GetFunction, ListFunctions, UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction. */
export function functionRoutes(options: FunctionRoutesOptions): Route[] {
  const { registry } = options;
  const named = new RegExp(`^${FUNCTIONS}/([^/]+)/?$`);
  const configuration = new RegExp(`^${FUNCTIONS}/([^/]+)/configuration$`);
  return [
    {
      ...{ operation: 'CreateFunction', method: 'POST', path: new RegExp(`^${FUNCTIONS}/?$`) },
      handle: async (request) => {
        const input = await readInput(request, createFunctionInput, REFUSAL);
        const archive = Buffer.from(input.Code.ZipFile, 'base64');
        const architecture = input.Architectures?.[0] ?? 'x86_64';
        return jsonResponse(201, describe(registry.create({ ...input, architecture, archive })));
      },
    },
    {
      ...{ operation: 'ListFunctions', method: 'GET', path: new RegExp(`^${FUNCTIONS}/?$`) },
      handle: (request) => list(registry, request),
    },
    {
      ...{ operation: 'GetFunction', method: 'GET', path: named },
      handle: (_request, name = '') => {
        const deployed = registry.get(name);
        const reserved = options.reservedConcurrencyOf(deployed.name);
        return {
          Configuration: describe(deployed),
          Code: { RepositoryType: 'S3' },
          ...(reserved !== undefined && {
            Concurrency: { ReservedConcurrentExecutions: reserved },
          }),
        };
      },
    },
    {
      ...{ operation: 'GetFunctionConfiguration', method: 'GET', path: configuration },
      handle: (_request, name = '') => describe(registry.get(name)),
    },
    {
      ...{ operation: 'UpdateFunctionCode', method: 'PUT' },
      path: new RegExp(`^${FUNCTIONS}/([^/]+)/code$`),
      handle: async (request, name = '') => {
        const input = await readInput(request, updateCodeInput, REFUSAL);
        const deployed = currentRevision(registry.get(name), input.RevisionId);
        const updated = registry.updateCode(deployed, Buffer.from(input.ZipFile, 'base64'));
        options.onChange(updated.name);
        return describe(updated);
      },
    },
    {
      ...{ operation: 'UpdateFunctionConfiguration', method: 'PUT', path: configuration },
      handle: async (request, name = '') => {
        const input = await readInput(request, updateConfigurationInput, REFUSAL);
        const deployed = currentRevision(registry.get(name), input.RevisionId);
        const updated = registry.updateConfiguration(deployed, input);
        options.onChange(updated.name);
        return describe(updated);
      },
    },
    {
      ...{ operation: 'DeleteFunction', method: 'DELETE', path: named },
      handle: (_request, name = '') => {
        const deployed = registry.get(name);
        registry.delete(deployed);
        options.onChange(deployed.name);
        options.onDelete(deployed.name);
        return { status: 204, headers: {} };
      },
    },
  ];
}

/** A function's settings as the API shows them. */
function describe(deployed: DeployedFunction): object {
  return {
    FunctionName: deployed.name,
    FunctionArn: deployed.arn,
    Runtime: deployed.runtime,
    Role: deployed.role,
    Handler: deployed.handler,
    CodeSize: deployed.codeBytes,
    CodeSha256: deployed.codeSha256,
    Description: deployed.description,
    Timeout: deployed.timeoutSeconds,
    MemorySize: deployed.memoryMegabytes,
    LastModified: deployed.lastModified,
    RevisionId: deployed.revisionId,
    Environment: { Variables: deployed.variables },
    Version: '$LATEST',
    PackageType: 'Zip',
    Architectures: [deployed.architecture],
    EphemeralStorage: { Size: 512 },
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}

function list(registry: FunctionRegistry, { query }: CloudRequest): object {
  const marker = query.get('Marker') ?? '';
  const countMax = Number(query.get('MaxItems') ?? 50);
  const rest = registry.list().filter(({ name }) => name > marker);
  const page = rest.slice(0, countMax);
  return {
    Functions: page.map(describe),
    ...(rest.length > page.length && { NextMarker: page.at(-1)?.name }),
  };
}

function currentRevision(
  deployed: DeployedFunction,
  revisionId: string | undefined,
): DeployedFunction {
  if (revisionId !== undefined && revisionId !== deployed.revisionId) {
    throw new RestError(
      'PreconditionFailedException',
      412,
      `Function ${deployed.name} is at revision ${deployed.revisionId}, not ${revisionId}`,
    );
  }
  return deployed;
}
