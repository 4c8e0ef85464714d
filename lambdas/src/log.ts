import { Logger } from '@aws-lambda-powertools/logger';
import { createMeter, measurementsOf } from './metrics.ts';
import { federationName } from './settings.ts';

/** One line of a function's log: what happened, with names and numbers; never a tensor's values. */
export interface LogEvent {
  readonly level: 'info' | 'warn' | 'error';
  /** Kebab-case; alarms filter on it. */
  readonly event: string;
  readonly [detail: string]: unknown;
}

export type Log = (event: LogEvent) => void;

/**
 * Writes events as JSON lines, where Lambda keeps them, and the numbers they carry as metrics. It is
 * made ready by the first event.
 *
 * @param service - The function, as logs and metrics name it.
 */
export function logOf(service: 'aggregator' | 'coordinator' | 'worker'): Log {
  let write: Log | undefined;
  return (event) => {
    write ??= createLog(service);
    write(event);
  };
}

function createLog(service: string): Log {
  const federation = federationName(process.env);
  const logger = new Logger({ serviceName: service, persistentKeys: { federation } });
  const measure = createMeter({ service, federation });
  return (entry) => {
    const { level, message, ...details } = entry;
    logger[level](typeof message === 'string' ? message : entry.event, details);
    measure(measurementsOf(entry));
  };
}
