/**
 * A linear model that learns from two people's data, where the data are. With `--lambda` the workers
 * are Lambda functions on a local cloud:
 * `node -C tributary-source --import tsx client/examples/02-federated-linear-regression.ts --lambda`
 */
import * as tf from '@tensorflow/tfjs';
import { type PointerTensor, type RemoteWorker, TensorHook } from '@tributary/client';
import { startWorkers } from './start-workers.ts';

const LEARNING_RATE = 0.1;
const STEPS_ALONE = 10;
const ROUNDS = 20;
const STEPS_PER_ROUND = 4;

/** The parameters of y = inputs·w + b. */
interface Model<T> {
  readonly w: T;
  readonly b: T;
}

/** A person's data, on that person's machine. */
interface Examples {
  readonly worker: RemoteWorker;
  readonly inputs: PointerTensor;
  readonly targets: PointerTensor;
}

tf.enableProdMode(); // Keeps TensorFlow.js's advertisement out of the output.
const hook = new TensorHook(tf);
const workers = await startWorkers(hook);
const bob = await workers.start('bob');
const alice = await workers.start('alice');
const carol = await workers.start('carol');

// Steps of training as plans: traced once, sent to a worker once, run there on what it holds.
const slopeStep = hook.plan((w, inputs, targets) => {
  const squaredErrors = hook.valueAndGrads((w) => inputs.matMul(w).sub(targets).square().sum());
  const { value: loss, grads } = squaredErrors([w]);
  return { loss, w: descend(w, grads[0]) };
});
const lineStep = hook.plan((w, b, inputs, targets) => {
  const squaredErrors = hook.valueAndGrads((w, b) =>
    inputs.matMul(w).add(b).sub(targets).square().sum(),
  );
  const { value: loss, grads } = squaredErrors([w, b]);
  return { loss, w: descend(w, grads[0]), b: descend(b, grads[1]) };
});

console.log('Bob alone, y = inputs·w, squared errors before each step:');
console.log(await trainAlone());

console.log(
  '\nBob and Alice, y = inputs·w + b, each with half of the examples, averaged by Carol:',
);
const { w, b } = await trainTogether();
console.log(`w = ${format(w)}, b = ${format(b)}`);
await workers.close();

function descend(parameter: PointerTensor, gradient: PointerTensor): PointerTensor {
  return parameter.sub(gradient.mul(LEARNING_RATE));
}

async function trainAlone(): Promise<string> {
  const { inputs, targets } = examplesAt(
    bob,
    [
      [1, 1],
      [0, 1],
      [1, 0],
      [0, 0],
    ],
    [1, 1, 0, 0],
  );
  let w = tf.zeros([2, 1]).send(bob);
  const losses: PointerTensor[] = [];
  for (let index = 0; index < STEPS_ALONE; index += 1) {
    const next = slopeStep.run(bob, w, inputs, targets);
    losses.push(next.loss);
    ({ w } = next);
  }
  const text = await formatRemote(losses);
  await bob.clearObjects();
  return text;
}

async function trainTogether(): Promise<Model<tf.Tensor>> {
  const people = [
    examplesAt(
      bob,
      [
        [1, 1],
        [0, 1],
      ],
      [1, 1],
    ),
    examplesAt(
      alice,
      [
        [1, 0],
        [0, 0],
      ],
      [0, 0],
    ),
  ];
  let model: Model<tf.Tensor> = { w: tf.zeros([2, 1]), b: tf.zeros([1]) };
  for (let round = 1; round <= ROUNDS; round += 1) {
    const trained = people.map((examples) => train(model, examples));
    const losses = await Promise.all(trained.map(({ losses }) => formatRemote(losses)));
    console.log(`round ${String(round).padStart(2)}  bob ${losses[0]}  alice ${losses[1]}`);
    model = await averageAt(
      carol,
      trained.map(({ model }) => model),
    );
  }
  return model;
}

function examplesAt(worker: RemoteWorker, inputs: number[][], targets: number[]): Examples {
  return {
    worker,
    inputs: tf.tensor2d(inputs).send(worker),
    targets: tf.tensor2d(targets, [targets.length, 1]).send(worker),
  };
}

/** Queues the steps of a round. The losses and the last model will be stored; what is between not. */
function train({ w, b }: Model<tf.Tensor>, { worker, inputs, targets }: Examples) {
  return hook.tidy(() => {
    let model: Model<PointerTensor> = { w: w.send(worker), b: b.send(worker) };
    const losses: PointerTensor[] = [];
    for (let index = 0; index < STEPS_PER_ROUND; index += 1) {
      const next = lineStep.run(worker, model.w, model.b, inputs, targets);
      losses.push(next.loss);
      model = { w: next.w, b: next.b };
    }
    return { model, losses };
  });
}

/** Has a third worker average what others have trained. */
async function averageAt(
  worker: RemoteWorker,
  models: readonly Model<PointerTensor>[],
): Promise<Model<tf.Tensor>> {
  const average = async (parameters: readonly PointerTensor[]): Promise<tf.Tensor> => {
    const moved = await Promise.all(parameters.map((parameter) => parameter.move(worker)));
    const mean = hook.tidy(() => hook.tf.stack(moved).mean(0));
    for (const parameter of moved) parameter.dispose();
    return await mean.get();
  };
  const [w, b] = await Promise.all([
    average(models.map((model) => model.w)),
    average(models.map((model) => model.b)),
  ]);
  return { w, b };
}

async function formatRemote(losses: readonly PointerTensor[]): Promise<string> {
  const values = await Promise.all(losses.map((loss) => loss.get()));
  return values.map(format).join(' ');
}

function format(tensor: tf.Tensor): string {
  return Array.from(tensor.dataSync(), (value) => value.toFixed(4)).join(' ');
}
