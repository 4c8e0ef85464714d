/** Elements of datasets as people have them, turned into single examples. */
import * as tf from '@tensorflow/tfjs';
import { type TrainingFailedError, trainingFailed } from './errors.ts';
import { kindOf } from './local-data.ts';

/** Names and shapes of a model's inputs or outputs, in order. */
export interface Ports {
  readonly names: readonly string[];
  /** Without the batch; null where a size is open. */
  readonly shapes: readonly (readonly (number | null)[])[];
}

/** What a model takes and gives. */
export interface ModelPorts {
  readonly inputs: Ports;
  readonly outputs: Ports;
}

/** Parts of one example, all owned by us. */
export interface Example {
  readonly xs: readonly tf.Tensor[];
  readonly ys: readonly tf.Tensor[];
}

/** Ports of a functional model. */
export function portsOf(model: tf.LayersModel): ModelPorts {
  const ports = (names: string[], symbols: tf.SymbolicTensor[]): Ports => ({
    names,
    shapes: symbols.map(({ shape }) => shape.slice(1)),
  });
  return {
    inputs: ports(model.inputNames, model.inputs),
    outputs: ports(model.outputNames, model.outputs),
  };
}

function elementFault(fault: string, remedy: string): TrainingFailedError {
  return trainingFailed('training-data-invalid', `Dataset element ${fault}; ${remedy}`);
}

type Columns = Readonly<Record<string, tf.TensorContainer>>;

function isColumns(part: unknown): part is Columns {
  const isObject = typeof part === 'object' && part !== null && !(part instanceof tf.Tensor);
  return isObject && !Array.isArray(part) && !ArrayBuffer.isView(part);
}

const shown = (names: readonly string[]): string => JSON.stringify(names.slice(0, 20));

/** A tensor of numbers. */
function toTensor(value: unknown, where: string): tf.Tensor {
  const isNumbers = value instanceof tf.Tensor ? isNumeric(value) : isNested(value);
  if (!isNumbers) {
    throw elementFault(`has ${kindOf(value)} in ${where}, expected numbers`, 'map it to numbers');
  }
  if (value instanceof tf.Tensor) return value;
  // tfjs goes by the first row and makes a tensor of the rest in silence.
  if (evenShape(value) === undefined) {
    const fault = `has a list in ${where} whose rows differ in length, expected one length`;
    throw elementFault(fault, 'pad or cut them');
  }
  return tf.tensor(value as tf.TensorLike);
}

function isNumeric({ dtype }: tf.Tensor): boolean {
  return dtype !== 'string' && dtype !== 'complex64';
}

/** A number, or lists of lists of numbers. */
function isNested(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isNested);
  return typeof value === 'number' || typeof value === 'boolean' || ArrayBuffer.isView(value);
}

/** Sizes of lists of lists, as text; `undefined` where rows differ. */
function evenShape(value: unknown): string | undefined {
  if (ArrayBuffer.isView(value)) return `${(value as Float32Array).length}`;
  if (!Array.isArray(value)) return '';
  const shapes = new Set(value.map(evenShape));
  return shapes.size > 1 || shapes.has(undefined) ? undefined : `${value.length},${[...shapes]}`;
}

/**
 * Columns side by side, sorted by name: numbers make a vector, equally long vectors a matrix of one row
 * for each example. Devices whose files differ in the order of columns train the same features.
 */
function joinColumns(columns: Columns, where: string): tf.Tensor {
  const names = Object.keys(columns).sort();
  return tf.tidy(() => {
    const tensors = names.map((name) =>
      tf.cast(toTensor(columns[name], `column ${JSON.stringify(name)} of ${where}`), 'float32'),
    );
    const [first] = tensors;
    const isEven = tensors.every(({ shape }) => shape.length < 2 && shape[0] === first?.shape[0]);
    if (isEven && first !== undefined) return tf.stack(tensors, -1);
    throw elementFault(
      `has the columns ${shown(names)} in ${where}, which do not make one tensor`,
      'give numbers by column, or tensors by the names of the model’s inputs or outputs',
    );
  });
}

function partTensors(part: unknown, where: 'xs' | 'ys', { names }: Ports): tf.Tensor[] {
  if (isColumns(part)) {
    if (names.every((name) => Object.hasOwn(part, name)))
      return names.map((name) => toTensor(part[name], `${where}.${name}`));
    if (names.length === 1) return [joinColumns(part, where)];
    throw elementFault(
      `has ${shown(Object.keys(part))} in ${where}, expected ${shown(names)}, the names in the model`,
      'rename them',
    );
  }
  const isList =
    Array.isArray(part) && part.some((x) => x instanceof tf.Tensor || names.length > 1);
  return (isList ? (part as unknown[]) : [part]).map((x) => toTensor(x, where));
}

/** `xs` and `ys` of an element; what is in place of them is named. */
function partsOfElement(element: tf.TensorContainer): {
  readonly xs: unknown;
  readonly ys: unknown;
} {
  const form = 'expected { xs, ys }';
  if (!isColumns(element)) {
    throw elementFault(`is ${kindOf(element)}, ${form}`, 'map the dataset to that form');
  }
  const { xs, ys } = element;
  if (xs !== undefined && xs !== null && ys !== undefined && ys !== null) return { xs, ys };
  const missing = xs === undefined || xs === null ? 'xs' : 'ys';
  throw elementFault(
    `has no ${missing} but ${shown(Object.keys(element))}, ${form}`,
    'map the dataset to that form; of tf.data.csv, name the label with columnConfigs: { column: { isLabel: true } }',
  );
}

function fits(shape: readonly number[], port: readonly (number | null)[]): boolean {
  return (
    shape.length === port.length && port.every((size, i) => size === null || size === shape[i])
  );
}

/**
 * Examples in a batch that `tensor` is, going by the shape the model takes; `undefined` for a single
 * example, and for what fits neither way, which is said when it meets the model.
 */
function batchSizeOf(tensor: tf.Tensor, port: readonly (number | null)[]): number | undefined {
  const [size, ...rest] = tensor.shape;
  if (size === undefined || fits(tensor.shape, port)) return undefined;
  const isSingles = port.length === 1 && port[0] === 1 && rest.length === 0;
  return isSingles || fits(rest, port) ? size : undefined;
}

/** Every tensor in a container, however deep. */
function tensorsIn(container: unknown): tf.Tensor[] {
  if (container instanceof tf.Tensor) return [container];
  const isBranch = Array.isArray(container) || isColumns(container);
  return isBranch ? Object.values(container).flatMap(tensorsIn) : [];
}

/** A batch as its examples; frees the batch. */
function cut({ xs, ys }: Example, size: number): Example[] {
  const odd = [...xs, ...ys].find(({ shape }) => shape[0] !== size);
  if (odd !== undefined) {
    const fault = `is a batch of ${size} examples with ${kindOf(odd)}, expected as many everywhere`;
    throw elementFault(fault, 'batch xs and ys together');
  }
  const rows = (part: readonly tf.Tensor[]): tf.Tensor[][] => part.map((x) => tf.unstack(x));
  const [xRows, yRows] = [rows(xs), rows(ys)];
  tf.dispose([...xs, ...ys]);
  return Array.from({ length: size }, (_, i) => ({
    xs: xRows.map((row) => row[i] as tf.Tensor),
    ys: yRows.map((row) => row[i] as tf.Tensor),
  }));
}

/**
 * The examples of one element: one, or those of a batch. The element's tensors become ours.
 *
 * @throws {@link TrainingFailedError} `training-data-invalid`, naming what came; the element is freed.
 */
export function toExamples(element: tf.TensorContainer, ports: ModelPorts): Example[] {
  const made: tf.Tensor[] = [];
  try {
    const parts = partsOfElement(element);
    const xs = partTensors(parts.xs, 'xs', ports.inputs);
    made.push(...xs);
    const ys = partTensors(parts.ys, 'ys', ports.outputs);
    made.push(...ys);
    const unused = tensorsIn(element).filter((tensor) => !made.includes(tensor));
    const [x] = xs;
    const size = x && batchSizeOf(x, ports.inputs.shapes[0] ?? []);
    const examples = size === undefined ? [{ xs, ys }] : cut({ xs, ys }, size);
    tf.dispose(unused);
    return examples;
  } catch (error) {
    tf.dispose([...made, ...tensorsIn(element)]);
    throw error;
  }
}
