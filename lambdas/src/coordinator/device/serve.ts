import {
  schemaField,
  sha256Field,
  slotRequestSchema,
  TributaryError,
} from '@tributary/client/protocol';
import * as z from 'zod';
import { pseudonymOf } from '../../identity/pseudonym.ts';
import type { Coordinator } from '../coordinator.ts';
import { checkRequest, decodeRequest } from '../request-json.ts';
import { findVersion } from '../version-download.ts';
import { checkIn } from './check-in.ts';
import { assertBodySize, type HttpRequest } from './http.ts';
import { outcomeOf } from './outcome.ts';
import { type DeviceRoute, routeOf } from './routes.ts';
import { giveSlot } from './slot.ts';

/** A check-in says nothing yet: an empty body will do, anything else must be a JSON object. */
const checkInSchema = z.looseObject({ schema: schemaField.optional() });

const outcomeQuerySchema = z.object({ sha256: sha256Field.optional() });

/** Answers one request of a device. @throws `RequestRefusedError` for every refusal */
export async function serveDevice(coordinator: Coordinator, request: HttpRequest): Promise<object> {
  const route = routeOf(request);
  const identity = await coordinator.verifyToken(request.authorization);
  assertBodySize(request);
  const device = pseudonymOf(coordinator.keys.pseudonym, identity);
  return await logged(coordinator, { route, request, device });
}

interface Question {
  readonly route: DeviceRoute;
  readonly request: HttpRequest;
  readonly device: string;
}

/** Answers, and leaves a line about it: how an operator finds what became of one device. */
async function logged(coordinator: Coordinator, question: Question): Promise<object> {
  const { now, log } = coordinator;
  const { route, device } = question;
  const { kind, ...place } = route;
  const begin = now();
  const say = (outcome: { readonly code?: string }) =>
    log({
      level: 'info',
      event: 'device-answered',
      ...{ request: kind, ...place, device, ...outcome, durationMs: now() - begin },
    });
  try {
    const answered = await answer(coordinator, question);
    say({});
    return answered;
  } catch (error) {
    say({ code: error instanceof TributaryError ? error.code : 'internal' });
    throw error;
  }
}

function answer(coordinator: Coordinator, { route, request, device }: Question): Promise<object> {
  switch (route.kind) {
    case 'check-in':
      if (request.body.length > 0) {
        decodeRequest(checkInSchema, request.body, { source: 'the check-in' });
      }
      return checkIn(coordinator, { device, model: route.model });
    case 'slot': {
      const source = 'the slot request';
      const slot = decodeRequest(slotRequestSchema, request.body, { source });
      return giveSlot(coordinator, { ...route, device, request: slot });
    }
    case 'outcome': {
      const query = Object.fromEntries(request.query);
      const { sha256 } = checkRequest(outcomeQuerySchema, query, { source: 'the query' });
      return outcomeOf(coordinator, { ...route, device, sha256 });
    }
    case 'version':
      return findVersion(coordinator, route.model, route.version);
  }
}
