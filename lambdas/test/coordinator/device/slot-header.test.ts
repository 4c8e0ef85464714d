import {
  checkUpdateHeader,
  encodeSafetensors,
  readHeaderText,
  type TensorData,
  type TrainingPlan,
} from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createModel,
  MODEL,
  openFirstRound,
  planOf,
  updateBytes,
} from '../../support/federation.ts';
import {
  createTestCoordinator,
  errorIn,
  request,
  type TestCoordinator,
} from '../support/coordinator.ts';

const plan: TrainingPlan = planOf({
  tensors: [
    { name: 'kernel', dtype: 'F32', shape: [2, 3], role: 'trained' },
    { name: 'bias', dtype: 'F32', shape: [3], role: 'trained' },
    { name: 'base', dtype: 'F32', shape: [4], role: 'frozen' },
  ],
});

let test: TestCoordinator;
let device: string;
let metadata: Record<string, string>;

beforeEach(async () => {
  test = createTestCoordinator();
  await createModel(test.store, plan);
  await openFirstRound(test.store);
  device = test.device('device-1');
  metadata = {
    format: '1',
    model: MODEL,
    base_version: '0',
    device,
    example_count: '3',
    encoding: 'f32',
  };
});

const kernel = tensorOf('kernel', [2, 3]);
const bias = tensorOf('bias', [3]);

function tensorOf(name: string, shape: readonly number[], dtype: 'F32' | 'F64' | 'F16' = 'F32') {
  const bytes = { F16: 2, F32: 4, F64: 8 }[dtype];
  const count = shape.reduce((product, size) => product * size, 1);
  return { name, dtype, shape, data: new Uint8Array(count * bytes) } satisfies TensorData;
}

function ask(file: Uint8Array, more: object = {}) {
  const body = {
    schema: 1,
    bytes: file.length,
    sha256: 'ab'.repeat(32),
    baseVersion: 0,
    header: readHeaderText(file),
    ...more,
  };
  return request(test, { path: `/v1/models/${MODEL}/rounds/1/slot`, subject: 'device-1', body });
}

/** What the seal would say of the file itself. */
function sealed(file: Uint8Array) {
  const outcome = checkUpdateHeader(file, { plan, baseVersion: 0, device, fileBytes: file.length });
  if (outcome.kind === 'valid') throw new Error('Expected an update that is rejected');
  return outcome;
}

describe('A header that is stated in the request for a slot', () => {
  it('is taken where the seal takes it', async () => {
    const file = updateBytes(plan, { device, delta: new Float32Array(9), exampleCount: 3 });
    expect((await ask(file)).status).toBe(200);
    const escaped = encodeSafetensors({
      tensors: [kernel, bias],
      metadata: { ...metadata, ü: '\u2028' },
    });
    expect((await ask(escaped)).status).toBe(200);
  });

  it.each<[string, string, () => Uint8Array]>([
    ['F64', 'wrong-dtype', () => encoded([tensorOf('kernel', [2, 3], 'F64'), bias])],
    ['F16', 'wrong-dtype', () => encoded([tensorOf('kernel', [2, 3], 'F16'), bias])],
    ['a transposed kernel', 'wrong-shape', () => encoded([tensorOf('kernel', [3, 2]), bias])],
    ['another order', 'wrong-tensors', () => encoded([bias, kernel])],
    ['a missing tensor', 'wrong-tensors', () => encoded([kernel])],
    ['a frozen tensor', 'wrong-tensors', () => encoded([kernel, bias, tensorOf('base', [4])])],
    ['no metadata', 'wrong-format', () => encodeSafetensors({ tensors: [kernel, bias] })],
    ['another device', 'wrong-device', () => encoded([kernel, bias], { device: 'x'.repeat(43) })],
    ['no examples', 'no-examples', () => encoded([kernel, bias], { example_count: '0' })],
    ['a base of its own', 'wrong-base', () => encoded([kernel, bias], { base_version: '7' })],
  ])('is refused with the code and detail of the seal: %s', async (_, code, make) => {
    const file = make();
    const { status, body } = await ask(file);
    const error = errorIn(body);
    const { detail } = sealed(file);
    expect([status, error.code]).toEqual([409, code]);
    expect({ message: error.message, ...error.detail }).toEqual(detail);
    expect(sealed(file).code).toBe(code);
  });

  function encoded(tensors: readonly TensorData[], more: Record<string, string> = {}) {
    return encodeSafetensors({ tensors, metadata: { ...metadata, ...more } });
  }

  it.each([
    ['', 'header-not-json'],
    ['{', 'header-not-json'],
    ['[]', 'header-not-object'],
    ['\ud800', 'header-not-object'],
    ['{}', 'trailing-bytes'],
    [`{${' '.repeat(500)}`, 'header-truncated'],
    [`{${' '.repeat(30_000)}`, 'header-too-large'],
  ])('is refused when it is no header: %j', async (header, code) => {
    const file = updateBytes(plan, { device, delta: new Float32Array(9), exampleCount: 3 });
    const { status, body } = await ask(file, { header });
    expect([status, errorIn(body).code]).toEqual([409, code]);
  });

  it('is refused when the file has another length', async () => {
    const file = updateBytes(plan, { device, delta: new Float32Array(9), exampleCount: 3 });
    const { body } = await ask(file, { bytes: file.length + 1 });
    expect(errorIn(body).code).toBe('trailing-bytes');
  });

  it.each([[3], [null], [{}]])('must be text: %j', async (header) => {
    const file = updateBytes(plan, { device, delta: new Float32Array(9), exampleCount: 3 });
    const { status, body } = await ask(file, { header });
    expect([status, errorIn(body).code]).toEqual([400, 'json-invalid']);
  });

  it('takes no slot of the allowance when it is refused', async () => {
    const bad = encoded([bias, kernel]);
    for (let count = 0; count < 12; count += 1) expect((await ask(bad)).status).toBe(409);
    const good = updateBytes(plan, { device, delta: new Float32Array(9), exampleCount: 3 });
    expect((await ask(good)).status).toBe(200);
  });
});
