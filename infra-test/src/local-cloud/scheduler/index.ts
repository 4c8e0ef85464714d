import { SchedulerService, type SchedulerServiceOptions } from './scheduler-service.ts';

export type { SchedulerService, SchedulerServiceOptions } from './scheduler-service.ts';

/** Starts Scheduler; its timers run until closed. */
export function createSchedulerService(options: SchedulerServiceOptions): SchedulerService {
  return new SchedulerService(options);
}
