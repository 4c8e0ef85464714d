import assert from 'node:assert/strict';
import { DeploymentError, type SealMember } from '@tributary/client/protocol';
import { membersDigest } from './members-digest.ts';

/** What one block of one member's update was to a sum. */
export interface LedgerEntry {
  /** First element of the block; names it. */
  readonly block: number;
  readonly member: SealMember;
  /** Bytes of the block. */
  readonly bytes: number;
}

/** What every block of a shard holds. */
export interface FoldedMembers {
  readonly count: number;
  /** Σ weight. */
  readonly weight: number;
  /** Of their updates, over all blocks. */
  readonly bytes: number;
  readonly digest: string;
}

/**
 * Whom a sum holds, block by block, noted as their bytes are added and taken back. It knows nothing
 * of the seal, so that holding the two against each other tells something.
 */
export class FoldLedger {
  /** Members by block and device, in the order they were added. */
  readonly #blocks = new Map<number, Map<string, SealMember>>();
  #bytes = 0;

  /** @throws {@link DeploymentError} `conservation` when the block holds the device already. */
  added({ block, member, bytes }: LedgerEntry): void {
    const held = this.#blocks.get(block) ?? new Map<string, SealMember>();
    this.#blocks.set(block, held);
    if (held.has(member.device)) throw unbalanced(`${member.device} was added twice`);
    held.set(member.device, member);
    this.#bytes += bytes;
  }

  /** @throws {@link DeploymentError} `conservation` when the block doesn't hold the device. */
  takenBack({ block, member, bytes }: LedgerEntry): void {
    const wasHeld = this.#blocks.get(block)?.delete(member.device) === true;
    if (!wasHeld) throw unbalanced(`${member.device} was taken back without having been added`);
    this.#bytes -= bytes;
  }

  /**
   * What the blocks hold, which must be the same in each.
   *
   * @param blocks - First elements of all blocks of the shard, at least one.
   * @throws {@link DeploymentError} `conservation` when two blocks hold different members.
   */
  close(blocks: readonly number[]): FoldedMembers {
    const holdings = blocks.map((block) => [...(this.#blocks.get(block)?.values() ?? [])]);
    const [first] = holdings;
    assert(first !== undefined, 'Ledger closed over no blocks, expected at least one');
    const digest = membersDigest(first);
    if (holdings.some((members) => membersDigest(members) !== digest)) {
      throw unbalanced('its blocks hold different members');
    }
    const weight = first.reduce((total, member) => total + member.weight, 0);
    return { count: first.length, weight, bytes: this.#bytes, digest };
  }
}

function unbalanced(what: string): DeploymentError {
  return new DeploymentError(
    `Shard is not folded as it was sealed: ${what}; nothing is written, look for a fault of the fold`,
    { code: 'conservation' },
  );
}
