import type { Labels } from './labels.ts';
import { plainCommand } from './plain-command.ts';
import type { RemoteObject } from './remote-object.ts';

/** Number of the last change of labels that this program made. */
let lastRevision = 0;

/** Has the worker give an object other labels; the newest of several changes counts. */
export function queueLabels(object: RemoteObject, labels: Labels): void {
  // The time, so that it rises from one run of a program to the next.
  lastRevision = Math.max(Date.now(), lastRevision + 1);
  object.queue.push({
    inputs: [object],
    outputs: [],
    isWanted: true,
    ...plainCommand('$describe', [object.reference], { ...labels, revision: lastRevision }, []),
  });
}
