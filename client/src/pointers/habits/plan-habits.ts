/** Names that people know of PySyft's plans. */
import type { Guard } from './guard.ts';

const RUN = 'write plan.run(worker, ...pointers)';
const INPUTS =
  'it is traced at its first run, or at once with hook.plan(f, { inputs: [{ shape: [32, 4] }] })';
const STORED = 'a plan stays at its workers: hook.fetchPlan(worker, await plan.digest()) gives it';

/** How plans are guarded. */
export const PLAN: Guard = {
  what: 'A plan',
  advice: {
    args_shape: INPUTS,
    build: INPUTS,
    call: RUN,
    copy: 'a plan has no state: use it as it is',
    code: 'read wire',
    describe: 'tag() and describe() what run() gives',
    execute: RUN,
    forward: RUN,
    get: STORED,
    get_: STORED,
    id: 'write await digest(), its name at every worker',
    is_built: INPUTS,
    location: STORED,
    move: 'write await send(worker) for the other worker',
    parameters: 'give the function its parameters as arguments, in arrays or objects',
    predict: RUN,
    state: 'give the function its parameters as arguments, in arrays or objects',
    tag: 'tag() and describe() what run() gives',
  },
  otherwise: 'it has run, send, digest and wire',
  refuseSetting: () => 'plans never change: make another with hook.plan',
  takes: {
    digest: [0],
    send: [1, 'await send(worker) for each worker'],
  },
};
