import { createHash } from 'node:crypto';
import {
  checkInAnswerSchema,
  encodeUpdate,
  type OutcomeAnswer,
  outcomeAnswerSchema,
  type Slot,
  slotSchema,
} from '@tributary/client/protocol';
import type { TestDevice, World } from './world.ts';

/** A device that does one step at a time, so that a test can do it wrong. */
export interface RawSlot {
  readonly url: string;
  readonly body: Buffer;
  /** PUTs as the slot says, unless told otherwise; an undefined header is left out. */
  put(wrong?: {
    readonly url?: string;
    readonly body?: Uint8Array;
    readonly headers?: Readonly<Record<string, string | undefined>>;
  }): Promise<Response>;
  outcome(): Promise<OutcomeAnswer>;
}

export interface RawOptions {
  /** Changes the encoded update before its slot is asked for. */
  readonly tamper?: (update: Uint8Array) => Uint8Array;
}

/** Checks in, encodes the update and takes a slot; uploads nothing. */
export async function startSlot(
  world: World,
  model: string,
  device: TestDevice,
  { tamper = (update) => update }: RawOptions = {},
): Promise<RawSlot> {
  const call = callerOf(world, await world.identity.token({ subject: device.id }));
  const answer = checkInAnswerSchema.parse(
    await call('POST', `v1/models/${model}/check-in`, { schema: 1 }),
  );
  if (answer.kind !== 'selected') throw new Error(`Device is not selected: ${answer.kind}`);
  const data = Float32Array.from(device.delta);
  const update = encodeUpdate({
    plan: answer.plan,
    baseVersion: answer.base.version,
    device: answer.device,
    exampleCount: device.exampleCount,
    metrics: device.metrics ?? {},
    delta: { w: { dtype: 'F32', shape: [data.length], data } },
  });
  const body = Buffer.from(tamper(update));
  const sha256 = createHash('sha256').update(body).digest('hex');
  const path = `v1/models/${model}/rounds/${answer.round}`;
  const slot = slotSchema.parse(
    await call('POST', `${path}/slot`, {
      schema: 1,
      bytes: body.length,
      sha256,
      baseVersion: answer.base.version,
    }),
  );
  return {
    url: slot.url,
    body,
    put: (wrong = {}) => putSlot(slot, body, wrong),
    outcome: async () =>
      outcomeAnswerSchema.parse(await call('GET', `${path}/outcome?sha256=${sha256}`)),
  };
}

function callerOf(world: World, token: string) {
  return async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${world.deployed.coordinatorUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
}

function putSlot(
  slot: Slot,
  body: Buffer,
  wrong: NonNullable<Parameters<RawSlot['put']>[0]>,
): Promise<Response> {
  const headers = Object.entries({ ...slot.headers, ...wrong.headers }).filter(
    (header): header is [string, string] => header[1] !== undefined,
  );
  return fetch(wrong.url ?? slot.url, {
    method: 'PUT',
    headers: Object.fromEntries(headers),
    body: Uint8Array.from(wrong.body ?? body),
  });
}
