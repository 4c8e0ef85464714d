/** Names that people know of PySyft's workers and hooks, and what is there instead. */
import type { Guard } from './guard.ts';

const OBJECTS = 'write await objects()';
const FOUND = "write await search('#tag'), which gives pointers";
const SENDING = 'write tensor.send(worker)';
const KNOWN = 'a worker is known to its hook once it is made: new VirtualWorker(hook, { id })';
const CONSTRUCTING =
  'write tensor.send(worker), or hook.plan(() => hook.tf.zeros([3])).run(worker) to make one there';

const WORKER_ADVICE: Readonly<Record<string, string>> = {
  _objects: OBJECTS,
  _tensors: OBJECTS,
  add_worker: KNOWN,
  add_workers: KNOWN,
  clear_objects_remote: 'write await clearObjects()',
  clear: 'write await clearObjects()',
  current_objects: OBJECTS,
  fetch_plan: 'write await hook.fetchPlan(worker, digest)',
  find_or_request: FOUND,
  force_rm_obj: 'write pointer.dispose()',
  get_obj: FOUND,
  get_worker: 'write hook.getWorker(id)',
  is_client_worker: "the program's own worker is hook.localWorker",
  list_objects: OBJECTS,
  list_objects_remote: OBJECTS,
  list_tensors: OBJECTS,
  list_tensors_remote: OBJECTS,
  load_data: SENDING,
  objects_count: 'write (await objects()).size',
  objects_count_remote: 'write (await objects()).size',
  register_obj: SENDING,
  remote: CONSTRUCTING,
  request_obj: 'write await pointer.get()',
  request_search: FOUND,
  rm_obj: 'write pointer.dispose()',
  send: SENDING,
  send_msg: 'operations of pointers are sent when a value is awaited, or by await flush()',
  send_obj: SENDING,
  tensors_count: 'write (await objects()).size',
  torch: CONSTRUCTING,
};

const HOOK_ADVICE: Readonly<Record<string, string>> = {
  add_worker: KNOWN,
  func2plan: 'write hook.plan((a, b) => …)',
  device: 'write new VirtualWorker(hook, { id }), or LambdaWorker',
  fit: 'write const step = hook.train.adam(0.001).step((params, ...batch) => loss)',
  get: 'write getWorker(id)',
  grad: 'write hook.valueAndGrads((w) => loss)([w])',
  grads: 'write hook.valueAndGrads((w) => loss)([w])',
  optim: 'write hook.train.sgd(), momentum() or adam()',
  torch: 'write hook.tf',
  valueAndGrad: 'write hook.valueAndGrads((w) => loss)([w])',
  variableGrads: 'write hook.valueAndGrads((w) => loss)([w])',
};

/** How workers are guarded. */
export const WORKER: Guard = {
  what: 'A worker',
  advice: WORKER_ADVICE,
  otherwise: 'it has id, objects, search, clearObjects and flush',
  takes: { clearObjects: [0], flush: [0], objects: [0, 'search() takes what to look for'] },
};

/** How hooks are guarded. */
export const HOOK: Guard = {
  what: 'A hook',
  advice: HOOK_ADVICE,
  otherwise:
    'it has tf, train, plan, valueAndGrads, tidy, dataset, federate, search, getWorker, workers, fetchPlan, planFromJson and localWorker',
  takes: {
    dataset: [1, 'write hook.dataset([[x1, y1], [x2, y2]]), one list of parts'],
    federate: [3, 'write hook.federate([xs, ys], [bob, alice], options)'],
    fetchPlan: [2],
    getWorker: [1],
    plan: [2],
    planFromJson: [1],
    tidy: [1, 'write hook.tidy(() => …)'],
    valueAndGrads: [1, 'write hook.valueAndGrads(f)([x, y])'],
    workers: [0],
  },
};
