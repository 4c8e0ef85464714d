/**
 * What tfjs recorded of a command, made fit for gradients of any order: in an order in which every
 * tensor is made before it is used, without what ends gradients, and with errors that name the
 * operation and the parameter.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { CommandError, TributaryError } from '../../protocol/index.ts';
import { namingGradient } from '../operations/name-operation.ts';
import type { Tf } from '../shapes/spec.ts';

type Tape = NonNullable<ReturnType<Tf['engine']>['state']['activeTape']>;
type TapeNode = Tape[number];

/** A tensor parameter of a command, by the id of a tensor that was given for it. */
export type ParameterNames = ReadonlyMap<number, string>;

/** A recorded call of an operation. */
export interface RecordedCommand {
  /** As messages name it. */
  readonly op: string;
  readonly parameters: ParameterNames;
  /** @default none */
  readonly results?: readonly Tensor[];
}

/** Kernels whose results jump or do not change, for any dtype. */
const STEPWISE: ReadonlySet<string> = new Set(['FloorDiv', 'OneHot']);

/** The operation that a node belongs to, for nodes that are done. */
const OPERATIONS_OF = new WeakMap<TapeNode, string>();

/** Ids of the tensors whose gradients end at a node. */
const ENDED = new WeakMap<TapeNode, readonly number[]>();

/** What is recorded; empty while nothing is. */
export function tapeOf(tf: Tf): Tape {
  return tf.engine().state.activeTape ?? [];
}

/**
 * Makes fit for gradients what a command recorded.
 *
 * @param start - Length of the tape before the command.
 */
export function finishRecording(tf: Tf, start: number, command: RecordedCommand): void {
  const tape = tapeOf(tf);
  const nodes = tape.slice(start);
  for (const result of command.results ?? []) {
    if (!nodes.some(({ outputs }) => outputs.some(({ id }) => id === result.id))) {
      recordEnding(tf, result, command);
    }
  }
  if (nodes.length === 0) return;

  // tfjs records copies that it saves of results before the results themselves.
  tape.splice(start, nodes.length, ...inOrder(nodes));
  const parameters = new Map(command.parameters);
  for (const node of tape.slice(start)) {
    if (!OPERATIONS_OF.has(node)) finishNode(tf, node, { ...command, parameters });
    passOn(node, parameters);
  }
}

/** A result that was made of values, past tfjs: nothing says how it depends on them. */
function recordEnding(tf: Tf, result: Tensor, { op, parameters }: RecordedCommand): void {
  if (parameters.size === 0 || parameters.has(result.id)) return;
  const { state } = tf.engine();
  const node = {
    id: state.nextTapeNodeId,
    kernelName: op,
    inputs: {},
    outputs: [result],
    saved: [],
  };
  state.nextTapeNodeId += 1;
  tapeOf(tf).push(node);
  OPERATIONS_OF.set(node, op);
  ENDED.set(node, [...parameters.keys()]);
}

/** Results are of the parameters that went into them. */
function passOn({ inputs, outputs }: TapeNode, parameters: Map<number, string>): void {
  const names = Object.values(inputs).flatMap(({ id }) => parameters.get(id) ?? []);
  const [name] = names;
  if (name === undefined) return;
  for (const { id } of outputs) if (!parameters.has(id)) parameters.set(id, name);
}

function finishNode(tf: Tf, node: TapeNode, command: RecordedCommand): void {
  OPERATIONS_OF.set(node, command.op);
  // An optional tensor that was left out would make tfjs stumble.
  const given = Object.entries(node.inputs).filter(([, input]) => input !== undefined);
  if (endsGradients(node, given)) {
    ENDED.set(
      node,
      given.map(([, input]) => input.id),
    );
    node.inputs = {};
    return;
  }
  node.inputs = Object.fromEntries(given);
  node.gradient = namedGradient(tf, node, command);
}

/** True for results that jump: truth values, and integers made of fractions. */
function endsGradients(
  { kernelName, outputs }: TapeNode,
  given: readonly (readonly [string, Tensor])[],
): boolean {
  if (STEPWISE.has(kernelName)) return true;
  const ofFloats = given.some(([, { dtype }]) => dtype === 'float32');
  return outputs.every(({ dtype }) => dtype === 'bool' || (dtype === 'int32' && ofFloats));
}

/** Refusals that say by themselves what they are of. */
const NAMED_CODES: ReadonlySet<string> = new Set(['gradient-undefined', 'time-limit']);

type Gradient = NonNullable<TapeNode['gradient']>;

/** Returns the gradient of a node; its errors name the operation, and the parameter. */
function namedGradient(tf: Tf, { gradient, inputs }: TapeNode, command: RecordedCommand): Gradient {
  const { op } = command;
  const within = { op: `the gradient of ${op}`, parameters: new Map<number, string>() };
  return (dys) => {
    const begin = tapeOf(tf).length;
    const byInput = named(command, undefined, () => gradient?.(dys) ?? {});
    finishRecording(tf, begin, within);
    const entries = Object.entries(inputs).map(([name, input]) => {
      const parameter = command.parameters.get(input.id);
      const derive = () => {
        // What tfjs computes there is made of half of each number.
        if (input.dtype === 'complex64') throw lacking(op, parameter);
        const start = tapeOf(tf).length;
        const derived = named(command, parameter, () => {
          const made = byInput[name]?.();
          if (made?.dtype !== 'float32' || made.shape.join() !== input.shape.join()) {
            throw lacking(op, parameter);
          }
          return made;
        });
        finishRecording(tf, start, within);
        return derived;
      };
      return [name, derive] as const;
    });
    return Object.fromEntries(entries);
  };
}

function named<Result>(
  { op }: RecordedCommand,
  parameter: string | undefined,
  body: () => Result,
): Result {
  try {
    return body();
  } catch (cause) {
    if (cause instanceof CommandError && !NAMED_CODES.has(cause.code)) {
      throw namingGradient(op, cause);
    }
    // What tfjs says may hold values.
    throw cause instanceof TributaryError ? cause : lacking(op, parameter);
  }
}

function lacking(op: string, parameter: string | undefined): CommandError {
  const what = op.startsWith('the ') ? op.replace(/^t/, 'T') : `Operation ${op}`;
  const by = parameter === undefined ? 'these arguments' : `its parameter ${parameter}`;
  return new CommandError(
    `${what} has no gradient with respect to ${by}; compute that part before, or use other operations`,
    { code: 'gradient-undefined' },
  );
}

/** Nodes in an order in which every tensor is made before it is used; otherwise as they are. */
function inOrder(nodes: readonly TapeNode[]): TapeNode[] {
  const makers = new Map<number, TapeNode>();
  for (const node of nodes) {
    for (const { id } of node.outputs) if (!makers.has(id)) makers.set(id, node);
  }
  const ordered = new Set<TapeNode>();
  for (const node of nodes) place(node, { makers, ordered });
  return [...ordered];
}

interface Ordering {
  readonly makers: ReadonlyMap<number, TapeNode>;
  readonly ordered: Set<TapeNode>;
}

function place(node: TapeNode, { makers, ordered }: Ordering): void {
  // A stack of its own: one command may record thousands of nodes in a row.
  const waiting = [node];
  const seen = new Set<TapeNode>();
  while (waiting.length > 0) {
    const next = waiting.at(-1) as TapeNode;
    const missing = seen.has(next)
      ? []
      : Object.values(next.inputs).flatMap((input) => {
          const maker = input === undefined ? undefined : makers.get(input.id);
          return maker === undefined || maker === next || ordered.has(maker) ? [] : [maker];
        });
    seen.add(next);
    if (missing.length === 0) ordered.add(waiting.pop() as TapeNode);
    else waiting.push(...missing);
  }
}

/** How a tensor depends on another by what is recorded. */
export interface Dependence {
  readonly isDifferentiable: boolean;
  /** Operations between the two whose results jump. */
  readonly endings: readonly string[];
}

/** Says whether a gradient of `y` with respect to `x` can be followed. */
export function dependenceOf(tf: Tf, y: Tensor, x: Tensor): Dependence {
  const reached = new Set([x.id]);
  const endings = new Set<string>();
  for (const node of tapeOf(tf)) {
    if (ENDED.get(node)?.some((id) => reached.has(id))) {
      endings.add(OPERATIONS_OF.get(node) ?? node.kernelName);
    }
    if (!Object.values(node.inputs).some(({ id }) => reached.has(id))) continue;
    for (const { id } of node.outputs) reached.add(id);
  }
  return { isDifferentiable: reached.has(y.id), endings: [...endings] };
}
