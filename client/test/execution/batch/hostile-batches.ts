/** Batches that nobody in good faith sends, drawn from a seed. */

import { OPERATIONS } from '@tributary/client/protocol';
import { create, idOf, op } from './harness.ts';
import type { Draw } from './random-program.ts';

const ID = idOf('m');

/** Batches in good faith, to be spoiled. */
const VALID: readonly unknown[] = [
  batchOf([create('a', [1, 2]), op('add', ['a', 'a'], {}, ['b']), op('$read', ['b'])], ['b']),
  batchOf([['concat', [[idOf('x'), { value: [1] }]], { axis: 0 }, [idOf('c')]]], ['c']),
  batchOf([op('$read', ['carol/secret']), op('$head', ['x']), op('$list', [], { query: ['#x'] })]),
  batchOf(
    [op('gather', ['x', 'carol/secret'], {}, ['g']), op('sum', ['carol/secret'], {}, ['s'])],
    ['s'],
  ),
  batchOf([
    op('topk', ['x'], { k: 1 }, ['v', 'i']),
    op('slice', ['x'], { begin: [0], size: [1] }, ['w']),
  ]),
  batchOf([op('$run', ['x'], { plan: planOf([['square', ['i0'], {}, ['t0']]]), seed: 1 }, ['r'])]),
  batchOf([
    op('$grad', ['x'], { plan: planOf([['sum', ['i0'], {}, ['t0']]]), wrt: [0] }, ['v', 'd']),
  ]),
  batchOf([op('$store-plan', [], { plan: planOf([['abs', ['i0'], {}, ['t0']]]) })]),
  batchOf([op('$grant', ['x'], { allow: ['eve'] }), op('$release', ['carol/secret'])]),
  batchOf([op('$describe', ['x'], { revision: 1, tags: ['#x'] }), op('$delete', ['y'])]),
  batchOf([op('$pointer', [], { location: 'w', id: ID, dtype: 'int32', shape: [1] }, ['p'])]),
  batchOf([op('$upload', [], { bytes: 4, sha256: 'ab'.repeat(32) })]),
  batchOf([
    op('$fetch', [], { url: 'https://a/b', dtype: 'bool', shape: [], sha256: 'ab'.repeat(32) }, [
      'f',
    ]),
  ]),
  batchOf([op('$fetch-plan', [], { digest: 'ab'.repeat(32) }), op('$clear', [], { request: ID })]),
  batchOf([
    op('randomNormal', [], { shape: [2], seed: 1 }, ['n']),
    op('reshape', ['x'], { shape: [2, 1] }, ['q']),
  ]),
];

/** What is put wherever something was. */
const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  'x',
  '$',
  '..',
  '../../x',
  'eve/../x',
  '\u0000',
  '\ud800',
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'hasOwnProperty',
  'globalThis.canary()',
  'return process.exit(1)',
  '(() => globalThis.canary())()',
  '$'.concat('{globalThis.canary()}'),
  'layers.add',
  'data.csv',
  'engine',
  'dispose',
  'setBackend',
  'io.browserFiles',
  '$constructor',
  '$__proto__',
  'carol/secret________________',
  [],
  [[]],
  [[[[[[[[[[1]]]]]]]]]],
  {},
  { value: 1 },
  { value: { length: 1e9 } },
  { value: [[1, 2], [3]] },
  { $number: 'NaN' },
  { $number: 'eval' },
  { $ref: 'x' },
  JSON.parse('{"then": 1}'),
  { toJSON: 1 },
  { length: 2 ** 32 },
  { constructor: { prototype: 1 } },
  JSON.parse('{"__proto__": {"polluted": true}}'),
  Array.from({ length: 300 }, () => 'x'),
  [1e9, 1e9],
  [2 ** 26],
  [-1, 2 ** 40],
  'a'.repeat(10_000),
];

/** Attributes that some operation or verb takes. */
const PLAUSIBLE: readonly unknown[] = [
  0,
  1,
  2,
  -1,
  0.5,
  [1],
  [0],
  [2, 1],
  [1, 2, 2, 1],
  [[0, 1]],
  [0.5, 1],
  true,
  false,
  'float32',
  'int32',
  'same',
  'valid',
  'bool',
  'ij,jk->ik',
  'euclidean',
  ['#x'],
  ['eve'],
  'ab'.repeat(32),
  ID,
  planOf([['square', ['i0'], {}, ['t0']]]),
];

const VERBS = [
  '$clear',
  '$create',
  '$delete',
  '$describe',
  '$fetch',
  '$fetch-plan',
  '$grad',
  '$grant',
  '$head',
  '$list',
  '$pointer',
  '$read',
  '$release',
  '$run',
  '$store-plan',
  '$upload',
];

const VERB_ATTRIBUTES = [
  'allow',
  'bytes',
  'cursor',
  'data',
  'description',
  'digest',
  'dtype',
  'id',
  'location',
  'owner',
  'plan',
  'private',
  'query',
  'releaseFrom',
  'request',
  'restrictions',
  'revision',
  'seed',
  'sha256',
  'shape',
  'tags',
  'upload',
  'url',
  'wrt',
];

/** Operations that make much of little, with what they would make it of. */
const BOMBS: readonly unknown[] = [
  op('tile', ['x'], { reps: [1e9] }, ['o']),
  op('fill', [], { shape: [1e12], value: 1 }, ['o']),
  op('range', [], { start: 0, stop: 1e12 }, ['o']),
  op('linspace', [], { start: 0, stop: 1, num: 1e12 }, ['o']),
  op('eye', [], { numRows: 1e6 }, ['o']),
  op('pad', ['x'], { paddings: [[1e9, 0]] }, ['o']),
  op('oneHot', ['x'], { depth: 1e9 }, ['o']),
  op('broadcastTo', ['x'], { shape: [1e9, 2] }, ['o']),
  op('reshape', ['x'], { shape: [-1, 0] }, ['o']),
  op('split', ['x'], { numOrSizeSplits: 1e9 }, ['o']),
  op('randomNormal', [], { shape: [1e6, 1e6], seed: 1 }, ['o']),
  op('image.resizeBilinear', ['x'], { size: [1e6, 1e6] }, ['o']),
];

/** One hostile value, where a batch is expected. */
export function drawHostile(draw: Draw): unknown {
  const kind = draw();
  if (kind < 0.03) return pick(draw, JUNK);
  if (kind < 0.06) return drawJson(draw, 4);
  if (kind < 0.1) return batchOf([pick(draw, BOMBS)], draw() < 0.5 ? ['o'] : []);
  if (kind < 0.102) return nested(draw);
  if (kind < 0.6) return drawWellFormed(draw);
  return spoil(draw, structuredClone(pick(draw, VALID)));
}

/** A batch of the right form: any operation or verb, with arguments and attributes that don't fit it. */
function drawWellFormed(draw: Draw): unknown {
  const results: string[] = [];
  const commands = Array.from({ length: 1 + Math.floor(draw() * 3) }, (_, index) => {
    const names = Array.from(
      { length: Math.floor(draw() * 3) },
      (__, place) => `r${index}${place}`,
    );
    results.push(...names);
    return drawCommand(draw, names);
  });
  return batchOf(
    commands,
    results.filter(() => draw() < 0.5),
  );
}

const NAMES = [...Object.keys(OPERATIONS), ...VERBS, ...VERBS, ...VERBS];
const REFS = [
  idOf('x'),
  idOf('x'),
  `carol/${idOf('secret')}`,
  idOf('r00'),
  idOf('none'),
  'nobody/x',
];

function drawCommand(draw: Draw, results: readonly string[]): unknown[] {
  const name = draw() < 0.02 ? String(pick(draw, JUNK)).slice(0, 60) || 'x' : pick(draw, NAMES);
  const parameters = OPERATIONS[name]?.parameters ?? [];
  const tensors = parameters.filter(({ kind }) => kind !== 'value');
  const count = tensors.length === 0 ? Math.floor(draw() * 2) : tensors.length;
  const args = Array.from({ length: count }, (_, index) =>
    tensors[index]?.kind === 'tensor[]'
      ? [drawArgument(draw), drawArgument(draw)]
      : drawArgument(draw),
  );
  const values = parameters
    .filter(({ kind }) => kind === 'value')
    .map((parameter) => parameter.name);
  const wanted = values.length === 0 ? VERB_ATTRIBUTES.filter(() => draw() < 0.2) : values;
  const attributes = Object.fromEntries(
    wanted.filter(() => draw() < 0.9).map((attribute) => [attribute, drawAttribute(draw)]),
  );
  return [name, args, attributes, results.map(idOf)];
}

function drawArgument(draw: Draw): unknown {
  const roll = draw();
  if (roll < 0.7) return pick(draw, REFS);
  if (roll < 0.75) return null;
  return { value: draw() < 0.5 ? pick(draw, PLAUSIBLE) : (pick(draw, JUNK) ?? null) };
}

function drawAttribute(draw: Draw): unknown {
  return draw() < 0.7 ? pick(draw, PLAUSIBLE) : (pick(draw, JUNK) ?? null);
}

/** Changes one place somewhere within a value. */
function spoil(draw: Draw, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || draw() < 0.05) return pick(draw, JUNK);
  if (Array.isArray(value)) return spoilList(draw, value);
  const members = value as Record<string, unknown>;
  const names = Object.keys(members);
  const roll = draw();
  if (names.length === 0 || roll < 0.03)
    return { ...members, [String(pick(draw, JUNK))]: pick(draw, JUNK) };
  const name = pick(draw, names);
  if (roll < 0.06)
    return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));
  // Mostly the commands: the frame alone is soon refused.
  const chosen = 'commands' in members && draw() < 0.95 ? 'commands' : name;
  return { ...members, [chosen]: spoil(draw, members[chosen]) };
}

function spoilList(draw: Draw, list: readonly unknown[]): unknown[] {
  const at = Math.floor(draw() * (list.length + 1));
  const roll = draw();
  if (at === list.length || roll < 0.1)
    return [...list.slice(0, at), pick(draw, JUNK), ...list.slice(at)];
  if (roll < 0.2) return list.filter((_, index) => index !== at);
  if (roll < 0.25) return [...list, list[at]];
  return list.map((item, index) => (index === at ? spoil(draw, item) : item));
}

function drawJson(draw: Draw, depth: number): unknown {
  const roll = draw();
  if (depth === 0 || roll < 0.4) return pick(draw, JUNK);
  const items = Array.from({ length: Math.floor(draw() * 4) }, () => drawJson(draw, depth - 1));
  if (roll < 0.7) return items;
  return Object.fromEntries(items.map((item) => [String(pick(draw, JUNK)), item]));
}

function nested(draw: Draw): unknown {
  let value: unknown = 1;
  const depth = Math.floor(draw() * 20_000);
  for (let index = 0; index < depth; index += 1) value = index % 2 === 0 ? [value] : { a: value };
  return batchOf([['add', [{ value }], {}, []]]);
}

function batchOf(commands: readonly unknown[], keep: readonly string[] = []): unknown {
  return { schema: 1, worker: 'bob', commands, keep: keep.map(idOf) };
}

function planOf(commands: readonly unknown[]): object {
  return { schema: 1, inputs: 1, constants: [], commands, outputs: ['t0'] };
}

function pick<T>(draw: Draw, items: readonly T[]): T {
  return items[Math.floor(draw() * items.length)] as T;
}
