import { logToStdout } from '../log.ts';
import { type Coordinator, createCoordinator } from './coordinator.ts';
import { dispatch } from './dispatch.ts';

let coordinator: Coordinator | undefined;

/**
 * The coordinator's Lambda function: devices by function URL, operators by invocation. Nothing is read
 * from the environment before an event needs it, and a warm function keeps what it made.
 */
export function handler(event: unknown): Promise<object> {
  return dispatch(event, { provide: warmCoordinator, log: logToStdout });
}

function warmCoordinator(): Coordinator {
  coordinator ??= createCoordinator(process.env);
  return coordinator;
}
