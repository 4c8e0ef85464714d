import { describe, expect, it } from 'vitest';
import { Federation, type Progress } from '../../src/index.ts';
import { FakeWorld, refusal, storageError } from '../device/support/fake-world.ts';
import { federationIn } from '../device/support/participants.ts';
import { FakeFunction, operatorIn } from './support/fake-function.ts';

const expected = {
  version: 3,
  weights: {
    w: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    bias: { dtype: 'F32', shape: [], data: Float32Array.of(0.5) },
  },
};

describe('weights', () => {
  it.each([
    [[], 'head'],
    [['head'], 'head'],
    [[3], '3'],
    [[0], '0'],
  ] as const)('of %o come by the URL, as version %s', async (version, path) => {
    const world = new FakeWorld();
    expect(await federationIn(world).weights('digits', ...version)).toEqual(expected);
    expect(world.kinds()).toBe('version get');
    expect(world.requests[0]?.url).toMatch(new RegExp(`/v1/models/digits/versions/${path}$`));
  });

  it('come by the function where there is one', async () => {
    const world = new FakeWorld();
    const coordinator = new FakeFunction(world.versionAnswer());
    expect(await operatorIn(world, coordinator).weights('digits', 3)).toEqual(expected);
    expect(coordinator.operations).toEqual([
      { schema: 1, operation: 'version', model: 'digits', version: 3 },
    ]);
    expect(world.kinds()).toBe('get');
  });

  it('F21: ask for fresh URLs of the version that head was when it began', async () => {
    const world = new FakeWorld().script('get', storageError(403, 'ExpiredToken'));
    expect(await federationIn(world).weights('digits')).toEqual(expected);
    expect(world.requests.filter(({ kind }) => kind === 'version').map(({ url }) => url)).toEqual([
      expect.stringMatching(/head$/),
      expect.stringMatching(/3$/),
    ]);
  });

  it('report the bytes', async () => {
    const world = new FakeWorld();
    const seen: Progress[] = [];
    await federationIn(world).weights('digits', 'head', { onProgress: (p) => seen.push(p) });
    const total = world.file.length;
    expect(seen.map(({ done }) => done)).toEqual([0, Math.ceil(total / 2), total]);
    expect(seen.at(-1)).toEqual({ phase: 'download', done: total, total, unit: 'byte' });
  });

  it('join the files of a large version and leave its index aside', async () => {
    const world = new FakeWorld();
    const answer = world.versionAnswer();
    const [file] = answer.files;
    const index = {
      ...file,
      name: 'model.safetensors.index.json',
      url: 'https://storage.example/no',
    };
    world.script('version', Response.json({ ...answer, files: [index, file] }));
    expect(await federationIn(world).weights('digits')).toEqual(expected);
    expect(world.count('get')).toBe(1);
  });

  it('are refused when the version lists no tensors', async () => {
    const world = new FakeWorld();
    const answer = world.versionAnswer();
    const files = answer.files.map((file) => ({ ...file, name: 'model.bin' }));
    world.script('version', Response.json({ ...answer, files }));
    await expect(federationIn(world).weights('digits')).rejects.toMatchObject({
      code: 'version-without-weights',
    });
  });

  it('of a version nobody made are refused', async () => {
    const world = new FakeWorld().script('version', refusal(404, { code: 'version-unknown' }));
    await expect(federationIn(world).weights('digits', 9)).rejects.toMatchObject({
      code: 'version-unknown',
    });
  });

  it('end when aborted', async () => {
    const world = new FakeWorld();
    const controller = new AbortController();
    const reading = federationIn(world).weights('digits', 'head', {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    const error = await reading.catch((thrown: unknown) => thrown);
    expect(error).toBe(controller.signal.reason);
    expect(world.kinds()).toBe('version');
  });

  it('need either half', async () => {
    await expect(new Federation({}).weights('digits')).rejects.toMatchObject({
      code: 'coordinator-url-missing',
    });
  });
});
