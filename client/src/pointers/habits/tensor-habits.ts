/** Names that people know of the tensors of PyTorch, NumPy and PySyft, and what pointers have instead. */
import { OPERATIONS } from '../../protocol/index.ts';
import { findAlike, plain } from './find-alike.ts';
import { notePointerAsked } from './refuse-elements.ts';

const GRADIENTS =
  'gradients come from hook.valueAndGrads((w) => loss)([w]), and hook.train.sgd(), momentum() or adam() train by them';
const READ = 'await get() and read the tensor that it gives';
const KEPT =
  'the object stays while a pointer to it does, and goes with dispose() or the end of its hook.tidy()';
const SHARED =
  'values are protected by permissions and not by encryption: send(worker, { private: true }), allow() and release()';
const NEVER_CHANGES = 'tensors at workers never change: write p = p.add(q), and so on';
const FLOATS = 'workers hold float32, int32, bool and complex64: write toFloat() or cast(dtype)';
const ELEMENT =
  'JavaScript has no index operator for tensors: write at(0), or gather([0, 2]) for some';

const ROWS = 'write for (const row of p), or [...p] for a list of its rows';

/** Advice for each name that is written unlike what it is here. */
const ADVICE: Readonly<Record<string, string>> = {
  T: 'write transpose()',
  addmm: 'write a.matMul(b).add(c)',
  attr: 'read shape, dtype, tags and description of the pointer',
  backward: GRADIENTS,
  bernoulli: 'write hook.tf.randomUniform(shape).less(p) in a plan',
  bmm: 'write matMul(other)',
  cat: 'write concat(others, axis), or hook.tf.concat(list, axis)',
  child: 'the pointer itself has location, idAtLocation, owner and id',
  chunk: 'write split(count, axis)',
  clamp: 'write clipByValue(minimum, maximum)',
  clamp_max: 'write minimum(bound)',
  clamp_min: 'write maximum(bound)',
  clear_objects: 'write await worker.clearObjects()',
  contiguous: 'tensors at workers always are: leave it out',
  cpu: 'tensors are at their worker: leave it out',
  cuda: 'tensors are at their worker: leave it out',
  dataId:
    'a function of TensorFlow.js that works on local tensors alone got it: call hook.tf instead of tf, or await get() first',
  decrypt: SHARED,
  del: 'write dispose()',
  detach: 'what hook.valueAndGrads is not given is a constant already: leave it out',
  device: 'write location for the worker that holds it',
  dim: 'read rank',
  disable_gc: KEPT,
  double: FLOATS,
  encrypt: SHARED,
  eq: 'write equal(other)',
  expand: 'write broadcastTo(shape)',
  expand_as: 'write broadcastTo(other.shape)',
  fix_prec: SHARED,
  fix_precision: SHARED,
  float: 'write toFloat()',
  float_prec: SHARED,
  float_precision: SHARED,
  filter: ROWS,
  fmod: 'write mod(other)',
  forEach: ROWS,
  garbage_collect_data: KEPT,
  garbage_collection: KEPT,
  gc: KEPT,
  ge: 'write greaterEqual(other)',
  get_: 'write await get()',
  get_copy: 'write await get({ keep: true })',
  getcopy: 'write await get({ keep: true })',
  grad: GRADIENTS,
  grad_fn: GRADIENTS,
  gt: 'write greater(other)',
  half: FLOATS,
  iadd: NEVER_CHANGES,
  id_at_location: 'read idAtLocation',
  index_select: 'write gather(indices, axis)',
  int: 'write toInt()',
  is_none: 'write await exists()',
  isub: NEVER_CHANGES,
  le: 'write lessEqual(other)',
  length: 'write shape[0] for the count of rows, or size for the count of elements',
  long: 'write toInt()',
  lt: 'write less(other)',
  map: ROWS,
  masked_fill: 'write hook.tf.where(mask, value, p)',
  masked_select: 'write await hook.tf.booleanMaskAsync(p, mask), whose shape depends on values',
  mid_get: 'write await remoteGet()',
  mm: 'write matMul(other)',
  mv: 'write dot(vector)',
  narrow: 'write at({ start, end }), or slice(begin, size)',
  ndim: 'read rank',
  ndimension: 'read rank',
  ne: 'write notEqual(other)',
  nonzero: 'write hook.tf.whereAsync(p)',
  numel: 'read size',
  numpy: READ,
  permute: 'write transpose(axes)',
  private_tensor: 'write send(worker, { allow: [users] }), or await allow(user) later',
  remote_get: 'write await remoteGet()',
  remote_send: 'write await remoteSend(worker)',
  remainder: 'write mod(other)',
  repeat: 'write tile(counts)',
  request: 'write await get(); its error names the owners who must agree',
  requires_grad: GRADIENTS,
  retain_grad: GRADIENTS,
  select: 'write at(index)',
  set_garbage_collect_data: KEPT,
  setattr: NEVER_CHANGES,
  share: SHARED,
  std: 'write hook.tf.moments(p).variance.sqrt()',
  sum_results: 'write await get({ sumResults: true })',
  swapaxes: 'write transpose(axes)',
  t: 'write transpose()',
  to: 'write await move(worker), or cast(dtype)',
  tolist: 'await get() and call arraySync() on its tensor',
  type: 'read dtype, or write cast(dtype)',
  type_as: 'write cast(other.dtype)',
  unsqueeze: 'write expandDims(axis)',
  var: 'write hook.tf.moments(p).variance',
  view: 'write reshape(shape)',
  view_as: 'write reshapeAs(other)',
  virtual_get: 'write await get({ keep: true })',
  wrap: 'a pointer needs no wrapper: leave it out',
  zero_grad: GRADIENTS,
};

/** What to do instead of reading a property that pointers do not have. */
export function adviseOnTensor(name: string, receiver: object): string | undefined {
  // Asked of a class and not of a pointer.
  if (!('hook' in receiver)) return undefined;
  if (name === 'then') notePointerAsked();
  if (isIndex(name)) return ELEMENT;
  if (Object.hasOwn(ADVICE, name)) return ADVICE[name];
  const stem = /^([a-z]\w*[a-z0-9])_$/i.exec(name)?.[1];
  if (stem !== undefined) return adviseInPlace(stem, receiver);
  const alike = findAlike(name, receiver);
  if (alike !== undefined) return `write ${alike}`;
  const operation = OPERATION_NAMES.get(plain(name));
  return operation === undefined ? undefined : `write hook.tf.${operation}(p, …)`;
}

/** What to do instead of setting a property of a pointer. */
export function refuseSettingTensor(name: string, receiver: object): string {
  if (isIndex(name)) {
    return 'tensors at workers never change: make another with hook.tf.where, concat or tensorScatterUpdate';
  }
  if (name === 'kept') return `tf.keep() does nothing for pointers: ${KEPT}`;
  if (name === 'data') return NEVER_CHANGES;
  return (
    adviseOnTensor(name, receiver) ?? 'pointers never change: keep what belongs to one in a Map'
  );
}

/** `0`, `-1`, or `0,2`, which is what `p[[0, 2]]` asks for. */
function isIndex(name: string): boolean {
  return /^-?\d+(,-?\d+)*$/.test(name);
}

function adviseInPlace(stem: string, receiver: object): string | undefined {
  if (stem === 'send' || stem === 'move')
    return `write p = ${stem === 'move' ? 'await ' : ''}p.${stem}(worker)`;
  const isKnown = Object.hasOwn(ADVICE, stem) || stem in receiver;
  return isKnown || findAlike(stem, receiver) !== undefined ? NEVER_CHANGES : undefined;
}

/** Operations that are no methods. */
const OPERATION_NAMES: ReadonlyMap<string, string> = new Map(
  Object.keys(OPERATIONS).map((name) => [plain(name), name]),
);
