import { z } from 'zod';
import type { FunctionRegistry } from './function-registry.ts';
import type { Invoker } from './invoker.ts';
import { RestError, type Route, readInput } from './rest-api.ts';

/**
 * Invocations an account may run at the same time, and how many of them can't be reserved.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
const ACCOUNT_CONCURRENCY = 1_000;
const UNRESERVED_MIN = 100;

const putInput = z.strictObject({ ReservedConcurrentExecutions: z.int().min(0) });

/** PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency. */
export function concurrencyRoutes(registry: FunctionRegistry, invoker: Invoker): Route[] {
  const path = /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/;
  const describe = (functionName: string): object => {
    const { limit } = invoker.admissionOf(functionName);
    return limit === undefined ? {} : { ReservedConcurrentExecutions: limit };
  };
  return [
    {
      ...{ operation: 'PutFunctionConcurrency', method: 'PUT', path },
      handle: async (request, name = '') => {
        const { name: functionName } = registry.get(name);
        const input = await readInput(request, putInput, 'InvalidParameterValueException');
        const others = registry
          .list()
          .filter((other) => other.name !== functionName)
          .map((other) => invoker.admissionOf(other.name).limit ?? 0)
          .reduce((sum, limit) => sum + limit, 0);
        checkReservation(input.ReservedConcurrentExecutions, others);
        invoker.admissionOf(functionName).setLimit(input.ReservedConcurrentExecutions);
        return describe(functionName);
      },
    },
    {
      ...{ operation: 'GetFunctionConcurrency', method: 'GET' },
      path: /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/,
      handle: (_request, name = '') => describe(registry.get(name).name),
    },
    {
      ...{ operation: 'DeleteFunctionConcurrency', method: 'DELETE', path },
      handle: (_request, name = '') => {
        invoker.admissionOf(registry.get(name).name).setLimit(undefined);
        return { status: 204, headers: {} };
      },
    },
  ];
}

function checkReservation(wanted: number, reservedByOthers: number): void {
  const available = ACCOUNT_CONCURRENCY - UNRESERVED_MIN - reservedByOthers;
  if (wanted > available) {
    throw new RestError(
      'InvalidParameterValueException',
      400,
      `Specified ReservedConcurrentExecutions decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MIN}]: got ${wanted}, at most ${available} are left`,
    );
  }
}
