import type { SealObject, Task } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { dueTasks } from '../../src/planning/due-tasks.ts';
import { newRound } from '../../src/planning/new-round.ts';
import { MODEL, OPENED_AT, planOf, pseudonym, SETTINGS } from '../support/federation.ts';

const round = {
  ...newRound({
    plan: planOf(),
    round: 1,
    base: { version: 0, files: [{ name: 'f', bytes: 1, sha256: '0'.repeat(64) }] },
    settings: { ...SETTINGS, minimum: 2 },
    remaining: 0,
    requestId: 'r',
    seed: '0'.repeat(32),
    now: OPENED_AT,
  }),
  groups: 2,
};

function sealOf(
  group: number,
  seal: number,
  options: { members: number; final: boolean },
): SealObject {
  return {
    schema: 1,
    model: MODEL,
    round: 1,
    group,
    seal,
    final: options.final,
    sealedAt: OPENED_AT,
    members: Array.from({ length: options.members }, (_, index) => ({
      device: pseudonym(`${group} ${seal} ${index}`),
      etag: '"e"',
      sha256: '0'.repeat(64),
      bytes: 100,
      dataOffset: 80,
      exampleCount: 1,
      weight: 1,
      metrics: {},
    })),
    rejected: [],
    surplus: [],
  };
}

const names = (tasks: Task[]) =>
  tasks.map(({ schema: _, model: __, round: ___, task, ...rest }) =>
    [task, ...Object.values(rest)].join(' '),
  );

describe('dueTasks', () => {
  const none = {
    round,
    seals: [[], []],
    partials: new Set<string>(),
    hasVersion: false,
  };

  it('seals groups without a final seal and folds the seals that are there', () => {
    const seals = [
      [sealOf(0, 0, { members: 2, final: false })],
      [sealOf(1, 0, { members: 1, final: true })],
    ];
    expect(names(dueTasks({ ...none, seals }))).toEqual(['seal 0', 'fold 0 0 0', 'fold 1 0 0']);
  });

  it('folds only what has no partial, and nothing of empty seals', () => {
    const seals = [
      [sealOf(0, 0, { members: 2, final: true })],
      [sealOf(1, 0, { members: 0, final: true })],
    ];
    expect(names(dueTasks({ ...none, seals }))).toEqual(['fold 0 0 0']);
    const partials = new Set([`partials/0/${MODEL}/1/0/0`]);
    expect(names(dueTasks({ ...none, seals, partials }))).toEqual(['merge 0']);
  });

  it('publishes once the version is there', () => {
    const seals = [
      [sealOf(0, 0, { members: 2, final: true })],
      [sealOf(1, 0, { members: 0, final: true })],
    ];
    const partials = new Set([`partials/0/${MODEL}/1/0/0`]);
    expect(names(dueTasks({ ...none, seals, partials, hasVersion: true }))).toEqual(['publish']);
  });

  it('hands a round below its minimum back to the seal step, which ends it', () => {
    const seals = [
      [sealOf(0, 0, { members: 1, final: true })],
      [sealOf(1, 0, { members: 0, final: true })],
    ];
    expect(names(dueTasks({ ...none, seals }))).toEqual(['seal 0']);
  });
});
