import { AwsError } from './aws-error.ts';
import type { FaultRecorder } from './fault-record.ts';
import type { FaultInjector, FaultPlan } from './faults.ts';
import { createRandom } from './random.ts';
import type { QueueSink } from './service.ts';

/** How many events a reordering delivery holds back at most. */
const HELD_EVENTS_MAX = 8;

/** How long a reordering delivery waits for more events before it lets go of all, in milliseconds. */
const HELD_MS_MAX = 200;

/** Delivers event notifications, as faultily as the plan in force says. */
export interface EventDelivery {
  deliver(queueArn: string, body: string): void;
  /**
   * Sends the test message of a new subscription, without faults.
   *
   * @throws AwsError `InvalidArgument` when the queue does not exist.
   */
  deliverTest(queueArn: string, body: string): void;
  /** Delivers what is held back. */
  flush(): void;
}

interface HeldEvent {
  readonly recorder: FaultRecorder | undefined;
  /** Place among the plan's events. */
  readonly index: number;
  readonly queueArn: string;
  readonly body: string;
  readonly delayMs: number;
}

/** Makes the {@link EventDelivery} of one bucket service. */
export function createEventDelivery(queues: QueueSink, faults: FaultInjector): EventDelivery {
  let plan: FaultPlan | undefined;
  let random = createRandom(0);
  let recorder: FaultRecorder | undefined;
  let held: HeldEvent[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const released = held;
    held = [];
    for (const event of released) {
      send(queues, event);
    }
  };
  const hold = (event: HeldEvent): void => {
    held.splice(Math.floor(random() * (held.length + 1)), 0, event);
    const oldest = held.length > HELD_EVENTS_MAX ? held.shift() : undefined;
    if (oldest !== undefined) {
      send(queues, oldest);
    }
    timer ??= setTimeout(flush, HELD_MS_MAX);
  };
  const adoptPlan = (): void => {
    if (plan !== faults.plan) {
      flush();
      plan = faults.plan;
      random = createRandom(plan?.seed ?? 0);
      recorder = plan && faults.recorder;
    }
  };

  return {
    deliver(queueArn, body) {
      adoptPlan();
      const { dropRate = 0, duplicateRate = 0, delayMs, reorder = false } = plan?.events ?? {};
      const [delayMsMin, delayMsMax] = delayMs ?? [0, 0];
      const isDropped = random() < dropRate;
      const isDoubled = random() < duplicateRate;
      const copyCount = isDropped ? 0 : isDoubled ? 2 : 1;
      const index = recorder?.noteEvent(copyCount) ?? 0;
      for (let copy = 0; copy < copyCount; copy += 1) {
        const delay = Math.round(delayMsMin + random() * (delayMsMax - delayMsMin));
        const event = { recorder, index, queueArn, body, delayMs: delay };
        if (reorder) {
          hold(event);
        } else {
          send(queues, event);
        }
      }
    },
    deliverTest(queueArn, body) {
      try {
        queues.sendToArn(queueArn, body);
      } catch (cause) {
        throw unknownDestination(queueArn, cause);
      }
    },
    flush,
  };
}

/** A queue deleted after the bucket was configured swallows its events, as AWS does. */
function send(queues: QueueSink, event: HeldEvent): void {
  const { recorder, index, delayMs } = event;
  try {
    queues.sendToArn(event.queueArn, event.body, { delayMs });
    recorder?.noteDelivery(index, { nowMs: Date.now(), delayMs });
  } catch (error) {
    process.emitWarning(`Event for ${event.queueArn} was not delivered`, {
      code: 'TRIBUTARY_EVENT_UNDELIVERED',
      detail: String(error),
    });
  }
}

function unknownDestination(queueArn: string, cause: unknown): AwsError {
  return new AwsError(
    'InvalidArgument',
    'Unable to validate the following destination configurations',
    { details: { ArgumentName: queueArn, ArgumentValue: String(cause) }, cause },
  );
}
