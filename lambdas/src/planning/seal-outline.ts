import type { SealMember, SealObject } from '@tributary/client/protocol';

/** What planning reads of a seal; a whole seal is one too. */
export interface SealOutline extends Pick<SealObject, 'group' | 'seal' | 'final' | 'sealedAt'> {
  readonly members: readonly Pick<SealMember, 'bytes' | 'dataOffset'>[];
}
