import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { CloudRequest, CloudResponse } from '../service.ts';
import { readBody } from '../sqs/request-body.ts';
import type { FunctionRegistry } from './function-registry.ts';
import {
  type Cors,
  corsInput,
  isPreflight,
  preflightResponse,
  withCors,
} from './function-url-cors.ts';
import { functionUrlEvent } from './function-url-event.ts';
import { BAD_GATEWAY, functionUrlResponse } from './function-url-response.ts';
import { SYNC_PAYLOAD_BYTES_MAX } from './invoke-routes.ts';
import type { Invoker } from './invoker.ts';
import { jsonResponse, RestError, type Route, readInput } from './rest-api.ts';

/** Where function URLs begin, in the place of AWS's host names. */
const PREFIX = '/_lambda-url/';

const REFUSAL = 'InvalidParameterValueException';
const PATH = /^\/2021-10-31\/functions\/([^/]+)\/url$/;

const createInput = z.strictObject({
  AuthType: z.literal('NONE', 'The local cloud has function URLs without authentication only'),
  Cors: corsInput.optional(),
  InvokeMode: z.literal('BUFFERED').optional(),
});

interface FunctionUrl {
  readonly urlId: string;
  readonly functionName: string;
  readonly cors: Cors | undefined;
  readonly createdAt: string;
}

/** What function URLs work with. */
export interface FunctionUrlsOptions {
  readonly registry: FunctionRegistry;
  readonly invoker: Invoker;
  readonly endpoint: () => string;
}

/** The functions' own addresses: the API on them, and the calls to them. */
export class FunctionUrls {
  readonly #options: FunctionUrlsOptions;
  readonly #byFunction = new Map<string, FunctionUrl>();

  constructor(options: FunctionUrlsOptions) {
    this.#options = options;
  }

  /** Create, Get and DeleteFunctionUrlConfig. */
  routes(): Route[] {
    return [
      {
        ...{ operation: 'CreateFunctionUrlConfig', method: 'POST', path: PATH },
        handle: async (request, name = '') => {
          const input = await readInput(request, createInput, REFUSAL);
          return jsonResponse(201, this.#describe(this.#create(name, input.Cors)));
        },
      },
      {
        ...{ operation: 'GetFunctionUrlConfig', method: 'GET', path: PATH },
        handle: (_request, name = '') => this.#describe(this.#get(name)),
      },
      {
        ...{ operation: 'DeleteFunctionUrlConfig', method: 'DELETE', path: PATH },
        handle: (_request, name = '') => {
          this.deleteOf(this.#get(name).functionName);
          return { status: 204, headers: {} };
        },
      },
    ];
  }

  /** Deletes a function's URL, if it has one. */
  deleteOf(functionName: string): void {
    this.#byFunction.delete(functionName);
  }

  /** Answers a call below `/_lambda-url/{urlId}/`. */
  async handle(request: CloudRequest): Promise<CloudResponse> {
    const [urlId = ''] = request.path.slice(PREFIX.length).split('/');
    const url = [...this.#byFunction.values()].find((candidate) => candidate.urlId === urlId);
    if (url === undefined) {
      return jsonResponse(404, { Message: 'No function has this URL' });
    }
    if (url.cors === undefined) {
      return this.#call(request, url);
    }
    return isPreflight(request)
      ? preflightResponse(request, url.cors)
      : withCors(await this.#call(request, url), request, url.cors);
  }

  async #call(request: CloudRequest, { urlId, functionName }: FunctionUrl): Promise<CloudResponse> {
    const body = await readBody(request.body, SYNC_PAYLOAD_BYTES_MAX);
    if (body === 'too-large') {
      return jsonResponse(413, { Message: `Bodies have at most ${SYNC_PAYLOAD_BYTES_MAX} bytes` });
    }
    const rawPath = request.path.slice(PREFIX.length + urlId.length) || '/';
    const event = functionUrlEvent(request, { urlId, rawPath, body });
    if (Buffer.byteLength(event) > SYNC_PAYLOAD_BYTES_MAX) {
      return jsonResponse(413, { Message: `Events have at most ${SYNC_PAYLOAD_BYTES_MAX} bytes` });
    }
    const run = { functionName, atLimit: 'refuse', payload: () => event } as const;
    const outcome = await this.#options.invoker.invoke(run);
    if (outcome.kind === 'throttled') {
      return jsonResponse(429, { Message: 'Rate Exceeded.' });
    }
    return outcome.kind === 'done' && outcome.failure === undefined
      ? functionUrlResponse(outcome.payload)
      : BAD_GATEWAY;
  }

  #create(name: string, cors: Cors | undefined): FunctionUrl {
    const { name: functionName } = this.#options.registry.get(name);
    if (this.#byFunction.has(functionName)) {
      throw new RestError(
        'ResourceConflictException',
        409,
        `Failed to create function url config for [functionArn = ${functionName}]. Error message: FunctionUrlConfig exists for this Lambda function`,
      );
    }
    const url = {
      ...{ functionName, cors },
      urlId: randomBytes(16).toString('hex'),
      createdAt: new Date().toISOString(),
    };
    this.#byFunction.set(functionName, url);
    return url;
  }

  #get(name: string): FunctionUrl {
    const url = this.#byFunction.get(this.#options.registry.get(name).name);
    if (url === undefined) {
      throw new RestError(
        'ResourceNotFoundException',
        404,
        `Function ${name} has no URL; create one with CreateFunctionUrlConfig`,
      );
    }
    return url;
  }

  #describe(url: FunctionUrl): object {
    const { registry, endpoint } = this.#options;
    return {
      FunctionUrl: `${endpoint()}${PREFIX}${url.urlId}/`,
      FunctionArn: registry.get(url.functionName).arn,
      AuthType: 'NONE',
      InvokeMode: 'BUFFERED',
      ...(url.cors && { Cors: url.cors }),
      CreationTime: url.createdAt,
      LastModifiedTime: url.createdAt,
    };
  }
}
