import type { DeviceOutcome } from '../device/outcome.ts';
import type { RejectionDetail } from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { oneLine } from './terminal-text.ts';

/** What came of a participation, as one sentence. */
export function outcomeText(model: string, outcome: DeviceOutcome): string {
  const round = hasOwn(outcome, 'round') ? `Round ${outcome.round} of model ${model}` : '';
  switch (outcome.kind) {
    case 'no-round':
      return `No round of model ${model} is open; ask again in ${seconds(outcome)}`;
    case 'not-selected':
      return `${round} goes on with other devices; ask again in ${seconds(outcome)}`;
    case 'accepted':
      return `${round}: the update is part of version ${outcome.version}`;
    case 'duplicate':
      return `${round}: an earlier update of this device is part of version ${outcome.version}`;
    case 'rejected':
      return outcome.duplicate === true
        ? `${round}: an earlier update of this device was rejected (${outcome.code})${reason(outcome)}; this one was not stored`
        : `${round}: the update was rejected (${outcome.code})${reason(outcome)}`;
    case 'surplus':
      return `${round} was full; the update does not count`;
    case 'late':
      return `${round} had ended before the update arrived`;
    case 'aborted':
      return `${round} was aborted (${outcome.reason})${ownFault(outcome)}`;
    case 'received':
      return `${round}: the update has arrived`;
  }
}

function ownFault({ code, detail }: Extract<DeviceOutcome, { kind: 'aborted' }>): string {
  return code === undefined ? '' : `, and the update was rejected (${code})${reason({ detail })}`;
}

function reason({ detail }: { readonly detail?: RejectionDetail | undefined }): string {
  return detail === undefined ? '' : `: ${oneLine(detail.message)}`;
}

function seconds({ retryAfterSeconds }: { readonly retryAfterSeconds: number }): string {
  return `${Math.ceil(retryAfterSeconds)} s`;
}
