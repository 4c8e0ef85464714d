/** What TensorFlow.js's own models and optimizers answer to pointers: what to use instead. */
import { PointerMisuseError } from '../misuse.ts';
import { isBranch } from '../structure.ts';
import { TensorHandle } from '../tensor-handle.ts';
import type { Tf } from '../tf.ts';
import { assertNoPointerElements } from './refuse-elements.ts';

type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Methods of a model that compute on tensors. */
const MODEL_METHODS = [
  'apply',
  'evaluate',
  'fit',
  'predict',
  'predictOnBatch',
  'setWeights',
  'trainOnBatch',
] as const;

const MODEL_ADVICE =
  'send its weights, model.getWeights().map((w) => w.send(bob)), and write the model as a function of pointers: hook.plan runs it, hook.train.adam(0.001).step trains it';

const WEIGHTS = 'write model.getWeights(), local tensors in the order of model.weights';

const MODEL_HABITS: Readonly<Record<string, string>> = {
  backward: MODEL_ADVICE,
  fix_precision: MODEL_ADVICE,
  forward: `write model.predict(x) for local tensors; for pointers ${MODEL_ADVICE}`,
  get: `write await Promise.all(pointers.map((p) => p.get())) and model.setWeights(tensors)`,
  load_state_dict: 'write model.setWeights(tensors)',
  move: MODEL_ADVICE,
  named_parameters: WEIGHTS,
  parameters: WEIGHTS,
  send: MODEL_ADVICE,
  share: MODEL_ADVICE,
  state_dict: WEIGHTS,
  zero_grad: MODEL_ADVICE,
};

const OPTIMIZER_REFUSAL =
  'minimize() got a pointer, and an optimizer of tf.train changes local variables only; write const step = hook.train.adam(0.001).step((params, ...batch) => loss) and ({ params, loss } = step(params, ...batch))';

const GRADIENT_REFUSAL =
  'Gradients of tf are those of local tensors only, and a function of them got or gave a pointer; write hook.valueAndGrads((w) => loss)([w])';

/** Marks what was installed, so that a second hook installs nothing again. */
const INSTALLED = Symbol('pointers are refused');

/**
 * Has models, optimizers and gradients of a TensorFlow.js refuse pointers in a sentence that helps, and
 * `tf.dispose` dispose them. What they do with tensors stays as it is.
 */
export function installRefusals(tf: Tf): void {
  const engine = tf.engine?.();
  if (engine !== undefined) {
    refuseResults(engine, 'gradients');
    refuseInputs(engine, 'customGrad');
    refuseOperands(engine, 'runKernel');
    refuseElements(engine, 'makeTensor');
  }
  // A program may use the core of TensorFlow.js alone.
  const { LayersModel, Optimizer } = tf as Partial<Pick<Tf, 'LayersModel' | 'Optimizer'>>;
  if (LayersModel !== undefined) {
    for (const name of MODEL_METHODS) {
      refuseArguments(LayersModel.prototype, name, { what: 'A LayersModel', advice: MODEL_ADVICE });
    }
    refuseHabits(LayersModel.prototype);
  }
  if (Optimizer !== undefined) {
    refuseLosses(Optimizer.prototype, 'computeGradients');
  }
}

interface Refusal {
  readonly what: string;
  readonly advice: string;
}

/** Has a method refuse pointers among its arguments, in lists and plain objects too. */
function refuseArguments(prototype: object, name: string, { what, advice }: Refusal): void {
  wrap(prototype, name, (original) => {
    return function guarded(...args) {
      if (args.some(holdsPointer)) {
        throw new PointerMisuseError(
          `${what} computes on local tensors only, and ${name}() got a pointer; ${advice}`,
        );
      }
      return original.call(this, ...args);
    };
  });
}

/**
 * Has an optimizer refuse a function that gives a pointer, and pointers as variables. Without variables
 * TensorFlow.js complains of that alone, and does not call the function.
 */
function refuseLosses(prototype: object, name: string): void {
  wrap(prototype, name, (original) => {
    return function guarded(body, variables) {
      if (holdsPointer(variables)) throw new PointerMisuseError(OPTIMIZER_REFUSAL);
      // TensorFlow.js itself says what is wrong with other things than functions.
      if (typeof body !== 'function') return original.call(this, body, variables);
      let isCalled = false;
      const called = () => {
        isCalled = true;
        return refusePointer(body(), OPTIMIZER_REFUSAL);
      };
      try {
        return original.call(this, called, variables);
      } catch (error) {
        if (!isCalled) called();
        throw error;
      }
    };
  });
}

/** Has the engine's gradients refuse a function that gives a pointer. */
function refuseResults(engine: object, name: string): void {
  wrap(engine, name, (original) => {
    return function guarded(body, ...args) {
      if (typeof body !== 'function') return original.call(this, body, ...args);
      const checked = () => refusePointer(body(), GRADIENT_REFUSAL);
      return original.call(this, checked, ...args);
    };
  });
}

/** Has every kernel refuse pointers; some need no data of what they get, and would give a local tensor. */
function refuseOperands(engine: object, name: string): void {
  wrap(engine, name, (original) => {
    return function guarded(kernel, inputs, ...args) {
      if (holdsPointer(inputs)) {
        throw new PointerMisuseError(
          `${String(kernel)} of TensorFlow.js got a pointer, a tensor at a worker; call hook.tf instead of tf, or await get() first`,
        );
      }
      return original.call(this, kernel, inputs, ...args);
    };
  });
}

/** Has the functions that an engine's method makes refuse pointers. */
function refuseInputs(engine: object, name: string): void {
  wrap(engine, name, (original) => {
    return function guarded(body, ...args) {
      const made = original.call(this, body, ...args) as Method;
      return (...inputs: readonly unknown[]) => {
        if (inputs.some(holdsPointer)) throw new PointerMisuseError(GRADIENT_REFUSAL);
        return made(...inputs);
      };
    };
  });
}

/** Has the engine make no tensor of a list that holds pointers. */
function refuseElements(engine: object, name: string): void {
  wrap(engine, name, (original) => {
    return function guarded(values, shape, dtype, ...args) {
      assertNoPointerElements(values, shape, dtype);
      return original.call(this, values, shape, dtype, ...args);
    };
  });
}

function refusePointer<T>(value: T, message: string): T {
  if (value instanceof TensorHandle) throw new PointerMisuseError(message);
  return value;
}

/** Has models refuse what people know of the modules of PyTorch and PySyft. */
function refuseHabits(prototype: object): void {
  for (const [name, advice] of Object.entries(MODEL_HABITS)) {
    if (name in prototype) continue;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(): never {
        throw new PointerMisuseError(`A LayersModel has no ${JSON.stringify(name)}; ${advice}`);
      },
    });
  }
}

function wrap(holder: object, name: string, wrapping: (original: Method) => Method): void {
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== 'function' || INSTALLED in original) return;
  const value = Object.assign(wrapping(original as Method), { [INSTALLED]: true });
  Object.defineProperty(holder, name, { value, configurable: true, writable: true });
}

function holdsPointer(value: unknown): boolean {
  if (value instanceof TensorHandle) return true;
  return isBranch(value) && Object.values(value).some((item) => item instanceof TensorHandle);
}
