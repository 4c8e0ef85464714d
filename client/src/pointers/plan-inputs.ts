import type { OutputSpec } from '../execution/index.ts';
import { REMOTE_ELEMENT_BYTES } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { commonLocation, refuseAbsent, refuseChains, refuseLocal } from './collocation.ts';
import { isLocalTensor } from './local-tensor.ts';
import { PointerMisuseError } from './misuse.ts';
import { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { ScalarInput } from './plain-leaves.ts';
import { PointerTensor } from './pointer-tensor.ts';
import type { RemoteWorker } from './remote-worker.ts';
import { isBranch, leavesOf, mapLeaves } from './structure.ts';
import { FormLeaf, PlainLeaf } from './trace.ts';
import { TracedTensor } from './traced-tensor.ts';

/** What a plan takes where its function takes a tensor. */
export type PlanArgument = PointerTensor | MultiPointerTensor;

/** The same at one worker. */
export type PlaceArgument = PointerTensor | number | boolean | ScalarInput;

/**
 * The form of one input: a shape alone is that of a float32 tensor, `null` is not known. A number or
 * truth value is passed to the function as it is.
 */
export type PlanInputForm =
  | number
  | boolean
  | readonly number[]
  | { readonly shape: readonly number[] | null; readonly dtype?: OutputSpec['dtype'] | undefined };

/** Forms of a plan's inputs, in the arrays and objects that its function takes. */
export type PlanInputForms =
  | PlanInputForm
  | readonly PlanInputForms[]
  | { readonly [name: string]: PlanInputForms };

/**
 * Reads the option `inputs` of a plan.
 *
 * @returns the same with a {@link FormLeaf} for each form.
 */
export function readInputForms(inputs: unknown): readonly unknown[] {
  if (!Array.isArray(inputs)) {
    throw new PointerMisuseError(
      "Option inputs of hook.plan is not a list; write inputs: [{ shape: [32, 4], dtype: 'float32' }], one for each parameter",
    );
  }
  return inputs.map(readForms);
}

function readForms(value: unknown): unknown {
  const form = formIn(value);
  if (form !== undefined) return new FormLeaf(form);
  // A list of numbers is a shape, and an invalid one here.
  if (Array.isArray(value) && !value.some((item) => typeof item === 'number')) {
    return value.map(readForms);
  }
  if (typeof value === 'number' || typeof value === 'boolean') return new PlainLeaf(value);
  if (isBranch(value) && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readForms(item)]));
  }
  throw new PointerMisuseError(
    `Option inputs of hook.plan holds ${Array.isArray(value) ? 'number in a list that is not a shape' : typeof value}, expected { shape: [32, 4], dtype: 'float32' }, or arrays and plain objects of such forms`,
  );
}

function formIn(value: unknown): OutputSpec | undefined {
  if (isShape(value)) return { shape: value, dtype: 'float32' };
  if (!isBranch(value)) return undefined;
  const { shape, dtype = 'float32' } = value as Readonly<Record<string, unknown>>;
  if (shape !== null && !isShape(shape)) return undefined;
  if (dtype === null || Object.keys(REMOTE_ELEMENT_BYTES).includes(String(dtype))) {
    return { shape, dtype: dtype as OutputSpec['dtype'] };
  }
  throw new PointerMisuseError(
    `Option inputs of hook.plan has dtype ${describeValue(dtype)}, expected one of ${Object.keys(REMOTE_ELEMENT_BYTES).join(', ')}`,
  );
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0);
}

/** Arguments of a plan as one worker sees them: of a multi-pointer its own part. */
export function argumentsAt(
  { id }: RemoteWorker,
  { method, given }: { readonly method: string; readonly given: readonly unknown[] },
): readonly unknown[] {
  return mapLeaves(given, (leaf) =>
    leaf instanceof MultiPointerTensor
      ? (leaf.child.child[id] ?? refuseAbsent(method, id, leaf.parts))
      : leaf,
  ) as readonly unknown[];
}

/**
 * Checks that a plan can run on these at a worker.
 *
 * @throws TypeError for others than pointers, numbers and booleans.
 * @throws TensorsNotCollocatedError when one is somewhere else.
 */
export function checkLeaves(
  worker: RemoteWorker,
  { method, args }: { readonly method: string; readonly args: readonly unknown[] },
): void {
  const leaves = leavesOf(args);
  const other = leaves.find((value) => !isPlaceArgument(value));
  if (other !== undefined || leaves.includes(undefined)) refuseLeaf(worker, { method, other });
  const pointers = leaves.filter((value) => value instanceof PointerTensor);
  const [first, ...others] = pointers;
  if (first !== undefined) commonLocation(method, [first, ...others], worker);
  refuseChains(method, pointers);
  for (const pointer of pointers) pointer.assertUsable(method);
}

/** What is known of an argument. */
export function formOfArgument(value: unknown): FormLeaf {
  if (value instanceof PointerTensor) return new FormLeaf(value.object.form);
  if (value instanceof ScalarInput) return new FormLeaf({ shape: [], dtype: 'float32' });
  return new PlainLeaf(value as number | boolean);
}

/** What travels for an argument. */
export function inputOf(value: PlaceArgument): PointerTensor | number | boolean {
  return value instanceof ScalarInput ? value.value : value;
}

function isPlaceArgument(value: unknown): value is PlaceArgument {
  return (
    value instanceof PointerTensor ||
    value instanceof ScalarInput ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  );
}

function refuseLeaf(
  worker: RemoteWorker,
  { method, other }: { readonly method: string; readonly other: unknown },
): never {
  if (other instanceof TracedTensor) {
    throw new PointerMisuseError(
      `${method}() got a tensor of a plan that is being traced; call the inner plan's function itself there`,
    );
  }
  if (isLocalTensor(worker.hook, other)) refuseLocal(method, worker, other);
  throw new PointerMisuseError(
    `${method}() got ${describeLeaf(other)}, expected pointers, numbers and booleans, or arrays and plain objects of them; send() tensors first`,
  );
}

/** A leaf in a word or two; texts may be anything, and are not repeated. */
function describeLeaf(leaf: unknown): string {
  return typeof leaf === 'string' ? 'a text' : describeValue(leaf);
}
