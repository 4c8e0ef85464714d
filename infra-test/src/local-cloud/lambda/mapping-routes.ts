import type { CloudResponse } from '../service.ts';
import type { DeployedFunction } from './deployed-function.ts';
import { EventSourceMapping, type MappingContext } from './event-source-mapping.ts';
import type { FunctionRegistry } from './function-registry.ts';
import {
  applyMappingInput,
  createMappingInput,
  INITIAL_SETTINGS,
  updateMappingInput,
} from './mapping-input.ts';
import { jsonResponse, newId, RestError, type Route, readInput } from './rest-api.ts';

const REFUSAL = 'InvalidParameterValueException';
const MAPPINGS = /^\/2015-03-31\/event-source-mappings\/?$/;
const MAPPING = /^\/2015-03-31\/event-source-mappings\/([^/]+)\/?$/;

/** All event source mappings, by id, and the API on them. */
export class MappingRegistry {
  readonly #mappings = new Map<string, EventSourceMapping>();
  readonly #functions: FunctionRegistry;
  readonly #context: MappingContext;

  constructor(functions: FunctionRegistry, context: MappingContext) {
    this.#functions = functions;
    this.#context = context;
  }

  /** Create, Get, List, Update and DeleteEventSourceMapping. */
  routes(): Route[] {
    return [
      {
        ...{ operation: 'CreateEventSourceMapping', method: 'POST', path: MAPPINGS },
        handle: async (request) => {
          const { EventSourceArn, FunctionName, ...input } = await readInput(
            request,
            createMappingInput,
            REFUSAL,
          );
          const deployed = this.#functions.get(FunctionName);
          this.#checkQueue(EventSourceArn, deployed);
          const settings = applyMappingInput({ ...INITIAL_SETTINGS, ...targetOf(deployed) }, input);
          const identity = { uuid: newId(), queueArn: EventSourceArn };
          const mapping = new EventSourceMapping(identity, settings, this.#context);
          this.#mappings.set(mapping.uuid, mapping);
          return accepted(mapping, 'Creating');
        },
      },
      {
        ...{ operation: 'ListEventSourceMappings', method: 'GET', path: MAPPINGS },
        handle: ({ query }) => ({
          EventSourceMappings: this.#list(query).map((mapping) => describe(mapping)),
        }),
      },
      {
        ...{ operation: 'GetEventSourceMapping', method: 'GET', path: MAPPING },
        handle: (_request, uuid = '') => describe(this.#get(uuid)),
      },
      {
        ...{ operation: 'UpdateEventSourceMapping', method: 'PUT', path: MAPPING },
        handle: async (request, uuid = '') => {
          const mapping = this.#get(uuid);
          const { FunctionName, ...input } = await readInput(request, updateMappingInput, REFUSAL);
          const deployed = this.#functions.get(FunctionName ?? mapping.settings.functionName);
          this.#checkQueue(mapping.queueArn, deployed, mapping);
          mapping.update(applyMappingInput({ ...mapping.settings, ...targetOf(deployed) }, input));
          return accepted(mapping, 'Updating');
        },
      },
      {
        ...{ operation: 'DeleteEventSourceMapping', method: 'DELETE', path: MAPPING },
        handle: (_request, uuid = '') => {
          const mapping = this.#get(uuid);
          this.#mappings.delete(uuid);
          mapping.close();
          return accepted(mapping, 'Deleting');
        },
      },
    ];
  }

  /** Ends every mapping. */
  close(): void {
    for (const mapping of this.#mappings.values()) {
      mapping.close();
    }
    this.#mappings.clear();
  }

  #get(uuid: string): EventSourceMapping {
    const mapping = this.#mappings.get(uuid);
    if (mapping === undefined) {
      throw new RestError(
        'ResourceNotFoundException',
        404,
        `The event source mapping ${uuid} doesn't exist`,
      );
    }
    return mapping;
  }

  #list(query: URLSearchParams): EventSourceMapping[] {
    const queueArn = query.get('EventSourceArn');
    const name = query.get('FunctionName');
    const functionName = name === null ? undefined : this.#functions.get(name).name;
    return [...this.#mappings.values()].filter(
      (mapping) =>
        (queueArn === null || mapping.queueArn === queueArn) &&
        (functionName === undefined || mapping.settings.functionName === functionName),
    );
  }

  #checkQueue(queueArn: string, deployed: DeployedFunction, self?: EventSourceMapping): void {
    const queue = this.#context.queues.findQueue(queueArn);
    if (queue === undefined) {
      throw new RestError(REFUSAL, 400, `The queue ${queueArn} of the event source doesn't exist`);
    }
    const { visibilityTimeoutSeconds } = queue.settings;
    if (visibilityTimeoutSeconds < deployed.timeoutSeconds) {
      throw new RestError(
        REFUSAL,
        400,
        `Queue visibility timeout: ${visibilityTimeoutSeconds} seconds is less than Function timeout: ${deployed.timeoutSeconds} seconds`,
      );
    }
    for (const other of this.#mappings.values()) {
      const isSame = other.queueArn === queueArn && other.settings.functionName === deployed.name;
      if (isSame && other !== self) {
        throw new RestError(
          'ResourceConflictException',
          409,
          `The event source arn (${queueArn}) and function (${deployed.name}) provided mapping already exists: ${other.uuid}`,
        );
      }
    }
  }
}

function targetOf(deployed: DeployedFunction): { functionName: string; functionArn: string } {
  return { functionName: deployed.name, functionArn: deployed.arn };
}

function accepted(mapping: EventSourceMapping, state: string): CloudResponse {
  return jsonResponse(202, describe(mapping, state));
}

function describe(mapping: EventSourceMapping, state?: string): object {
  const { settings } = mapping;
  return {
    UUID: mapping.uuid,
    EventSourceArn: mapping.queueArn,
    FunctionArn: settings.functionArn,
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.windowSeconds,
    FunctionResponseTypes: settings.reportsItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(settings.concurrencyMax !== undefined && {
      ScalingConfig: { MaximumConcurrency: settings.concurrencyMax },
    }),
    LastModified: mapping.modifiedAtMs / 1_000,
    State: state ?? (settings.isEnabled ? 'Enabled' : 'Disabled'),
    StateTransitionReason: 'USER_INITIATED',
  };
}
