import type { RoundId, SealObject } from '@tributary/client/protocol';
import type { SealOutline } from '../planning/seal-outline.ts';
import type { Records } from './records.ts';

/** Devices of all groups that a warm function remembers; about 100 bytes each. */
const DEVICES_MAX = 200_000;

/** A group's seals so far. */
export interface SealedGroup {
  /** In order, from 0. */
  readonly seals: readonly SealOutline[];
  /** Every device that some seal names: members, rejected and surplus. */
  readonly devices: ReadonlySet<string>;
  readonly memberCount: number;
  /** No seal comes after the last one. */
  readonly isFinal: boolean;
}

/**
 * What a warm function remembers of seals. They are written once, so that a look costs one request,
 * for the seal that may have come since, however many there are.
 */
export class SealOutlines {
  readonly #records: Records;
  readonly #groups = new Map<string, GroupMemory>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Reads the seals of a group that came since the last time. */
  async group(id: RoundId, group: number): Promise<SealedGroup> {
    const key = `${id.model} ${id.round} ${group}`;
    const memory = this.#groups.get(key) ?? new GroupMemory();
    // A map keeps the order of insertion, so this makes it the newest.
    this.#groups.delete(key);
    this.#groups.set(key, memory);

    while (!memory.isFinal) {
      const number = memory.seals.length;
      const seal = await this.#records.seal({ ...id, group, seal: number });
      if (seal === undefined) break;
      // Another step of this process may have read it meanwhile.
      if (memory.seals.length === number) memory.add(seal);
    }
    this.#forgetOldest();
    return memory;
  }

  #forgetOldest(): void {
    let devices = 0;
    for (const memory of this.#groups.values()) devices += memory.devices.size;
    for (const [key, memory] of this.#groups) {
      if (devices <= DEVICES_MAX || this.#groups.size === 1) return;
      this.#groups.delete(key);
      devices -= memory.devices.size;
    }
  }
}

class GroupMemory implements SealedGroup {
  readonly seals: SealOutline[] = [];
  readonly devices: Set<string> = new Set();
  memberCount = 0;

  get isFinal(): boolean {
    return this.seals.at(-1)?.final === true;
  }

  add({ group, seal, final, sealedAt, members, rejected, surplus }: SealObject): void {
    const outlines = members.map(({ bytes, dataOffset }) => ({ bytes, dataOffset }));
    this.seals.push({ group, seal, final, sealedAt, members: outlines });
    this.memberCount += members.length;
    for (const { device } of members) this.devices.add(device);
    for (const { device } of rejected) this.devices.add(device);
    for (const device of surplus) this.devices.add(device);
  }
}
