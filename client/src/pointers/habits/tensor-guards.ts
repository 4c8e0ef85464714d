/** How pointers, multi-pointers and the stand-ins of plans are guarded. */
import { OPERATIONS } from '../../protocol/index.ts';
import { type Advise, type Guard, particularAdvice } from './guard.ts';
import { notePointerAsked } from './refuse-elements.ts';
import { nearestIn, plainName, suggestName } from './suggest-name.ts';
import { ELEMENT, NEVER_CHANGES, TENSOR_HABITS } from './tensor-habits.ts';

/** What to do instead of reading a property that no handle has, where no table says it. */
const advise: Advise = (name, receiver) => {
  if (name === 'then') notePointerAsked();
  if (isIndex(name)) return ELEMENT;
  const stem = /^([a-z]\w*[a-z0-9])_$/i.exec(name)?.[1];
  if (stem === 'send') return 'write p = p.send(worker)';
  if (stem === 'move') return 'write p = await p.move(worker)';
  if (stem !== undefined) return NEVER_CHANGES;

  const alike = OPERATION_NAMES.get(plainName(name));
  if (alike !== undefined && suggestName(name, receiver) !== alike) {
    return `write hook.tf.${alike}(p, …)`;
  }
  if (suggestName(name, receiver) !== undefined || !/^[A-Za-z]/.test(name)) return undefined;
  const near = nearestIn(OPERATION_NAMES, plainName(name));
  return near === undefined ? undefined : `write hook.tf.${near}(p, …)`;
};

/** What to do instead of setting a property of a handle. */
const refuseSetting: Advise = (name, receiver) => {
  if (Object.isExtensible(receiver)) return undefined;
  if (isIndex(name)) {
    return 'tensors at workers never change: make another with hook.tf.where, concat or tensorScatterUpdate';
  }
  if (name === 'data') return NEVER_CHANGES;
  return (
    particularAdvice(POINTER, name, receiver) ??
    'pointers never change: keep what belongs to one in a Map'
  );
};

const OTHERWISE =
  'it has the methods of a tensor of TensorFlow.js, and hook.tf has the other operations';

const TAKES = {
  clone: [0],
  copy: [0],
  describe: [1],
  dispose: [0],
  exists: [0],
  get: [1, 'its options are one object: get({ keep: true })'],
  ready: [0],
  release: [0],
  remoteGet: [0],
} as const;

/** How pointers are guarded. */
export const POINTER: Guard = {
  what: 'A pointer',
  advice: {
    ...TENSOR_HABITS,
    child: 'the pointer itself has location, idAtLocation, owner and id',
  },
  advise,
  otherwise: OTHERWISE,
  refuseSetting,
  takes: {
    ...TAKES,
    move: [1, 'it goes to one worker; send() takes several'],
    remoteSend: [1, 'it goes to one worker; send() takes several'],
  },
};

const AT_EACH =
  'each of its pointers has one: for (const pointer of Object.values(multi.child.child)) …';

/** How multi-pointers are guarded. */
export const MULTI_POINTER: Guard = {
  ...POINTER,
  what: 'A multi-pointer',
  takes: TAKES,
  advice: {
    ...TENSOR_HABITS,
    description: AT_EACH,
    exists: AT_EACH,
    idAtLocation: AT_EACH,
    isDisposed: AT_EACH,
    location: AT_EACH,
    move: AT_EACH,
    owner: AT_EACH,
    remoteGet: AT_EACH,
    remoteSend: AT_EACH,
    tags: AT_EACH,
    to: AT_EACH,
    workers: 'write Object.keys(multi.child.child), the ids of its workers',
  },
};

const WHILE_TRACED =
  'a stand-in has a shape, a dtype and operations only while a plan is traced: read it of what run() gives';

/** How what stands for a tensor while a plan is traced is guarded. */
export const STAND_IN: Guard = {
  ...POINTER,
  what: 'A stand-in for a tensor of a plan',
  takes: {},
  advice: {
    ...TENSOR_HABITS,
    child: WHILE_TRACED,
    description: WHILE_TRACED,
    idAtLocation: WHILE_TRACED,
    isDisposed: WHILE_TRACED,
    location: WHILE_TRACED,
    owner: WHILE_TRACED,
    tags: WHILE_TRACED,
  },
};

/** `0`, `-1`, `1:3` as in PyTorch, or `0,2`, which is what `p[[0, 2]]` asks for. */
function isIndex(name: string): boolean {
  return /[\d:]/.test(name) && /^[-\d:, ]+$/.test(name);
}

/** Operations that are no methods, and those that are. */
const OPERATION_NAMES: ReadonlyMap<string, string> = new Map(
  Object.keys(OPERATIONS).map((name) => [plainName(name), name]),
);
