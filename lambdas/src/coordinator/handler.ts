import { logOf } from '../log.ts';
import { type Coordinator, createCoordinator } from './coordinator.ts';
import { dispatch } from './dispatch.ts';

const log = logOf('coordinator');
let coordinator: Coordinator | undefined;

/**
 * The coordinator's Lambda function: devices by function URL, operators by invocation. Nothing is read
 * from the environment before an event needs it, and a warm function keeps what it made.
 */
export function handler(event: unknown): Promise<object> {
  return dispatch(event, { provide: warmCoordinator, log });
}

function warmCoordinator(): Coordinator {
  coordinator ??= createCoordinator(process.env, log);
  return coordinator;
}
