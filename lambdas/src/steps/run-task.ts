import type { Task } from '@tributary/client/protocol';
import { collect } from './collect.ts';
import { fold } from './fold.ts';
import { merge } from './merge.ts';
import { publish } from './publish.ts';
import { seal } from './seal.ts';
import type { StepContext, StepOutcome } from './step.ts';

/** Runs one task to its end. Running it twice, at once or from a zombie is the same as once. */
export function runTask(context: StepContext, task: Task): Promise<StepOutcome> {
  switch (task.task) {
    case 'collect':
      return collect(context, task);
    case 'seal':
      return seal(context, task);
    case 'fold':
      return fold(context, task);
    case 'merge':
      return merge(context, task);
    case 'publish':
      return publish(context, task);
  }
}
