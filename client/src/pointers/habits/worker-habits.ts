/** Names that people know of PySyft's workers and hooks, and what is there instead. */
import { findAlike } from './find-alike.ts';

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
  grad: 'write hook.valueAndGrads((w) => loss)([w])',
  grads: 'write hook.valueAndGrads((w) => loss)([w])',
  torch: 'write hook.tf',
  valueAndGrad: 'write hook.valueAndGrads((w) => loss)([w])',
  variableGrads: 'write hook.valueAndGrads((w) => loss)([w])',
};

/** What to do instead of reading a property that workers do not have. */
export function adviseOnWorker(name: string, receiver: object): string | undefined {
  return adviseBy(WORKER_ADVICE, name, receiver);
}

/** What to do instead of reading a property that hooks do not have. */
export function adviseOnHook(name: string, receiver: object): string | undefined {
  return adviseBy(HOOK_ADVICE, name, receiver);
}

function adviseBy(
  advice: Readonly<Record<string, string>>,
  name: string,
  receiver: object,
): string | undefined {
  if (Object.hasOwn(advice, name)) return advice[name];
  const alike = findAlike(name, receiver);
  return alike === undefined ? undefined : `write ${alike}`;
}
