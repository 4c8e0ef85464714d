import { VirtualWorker } from './virtual-worker.ts';

/** The program's own worker: what is moved to it comes back as a tensor. */
export class LocalWorker extends VirtualWorker {
  /** Tells it from workers that things are sent to. @internal */
  readonly isLocal = true;
}
