/**
 * Two people train a small network, each on examples that stay with them; a third averages what they
 * have learnt. With `--lambda` the workers are Lambda functions on a local cloud:
 * `node -C tributary-source --import tsx client/examples/03-federated-averaging.ts --lambda`
 */
import * as tf from '@tensorflow/tfjs';
import { type PointerTensor, type RemoteWorker, TensorHook } from '@tributary/client';
import { startWorkers } from './start-workers.ts';

tf.enableProdMode(); // Keeps TensorFlow.js's advertisement out of the output.
const hook = new TensorHook(tf);
const workers = await startWorkers(hook);
const bob = await workers.start('bob');
const alice = await workers.start('alice');
const carol = await workers.start('carol');

// Which points of a square lie within a circle? Bob and Alice have half of the examples each.
const points = tf.randomUniform([90, 2], -1, 1, 'float32', 1);
const isWithin = points.square().sum(1, true).less(0.6).toFloat();
const dataset = hook.federate([points, isWithin], [bob, alice]);

// A network with one hidden layer, and how it is trained and tried: a step is one command.
type Network<T = PointerTensor> = readonly [w1: T, b1: T, w2: T, b2: T];
let network: Network<tf.Tensor> = [
  tf.randomNormal([2, 16], 0, 1, 'float32', 2),
  tf.zeros([16]),
  tf.randomNormal([16, 1], 0, 0.5, 'float32', 3),
  tf.zeros([1]),
];
const predict = ([w1, b1, w2, b2]: Network, x: PointerTensor) =>
  x.matMul(w1).add(b1).relu().matMul(w2).add(b2);
const step = hook.train
  .adam({ learningRate: 0.05 })
  .step((params: Network, x: PointerTensor, y: PointerTensor) =>
    hook.tf.losses.sigmoidCrossEntropy(y, predict(params, x)),
  );
const countRight = hook.plan((params: Network, x: PointerTensor, y: PointerTensor) =>
  predict(params, x).greater(0).equal(y.greater(0)).toFloat().sum(),
);

for (let round = 1; round <= 5; round += 1) {
  const trained = dataset.workers.map((worker) => hook.tidy(() => train(worker, round)));
  const losses = await Promise.all(trained.map(({ loss }) => loss.get()));
  network = await average(trained.map(({ params }) => params));
  const [atBob, atAlice] = losses.map((loss) => loss.dataSync()[0]?.toFixed(4));
  console.log(
    `round ${round}  loss at bob ${atBob}, at alice ${atAlice}  ${await test()} of ${dataset.size} right`,
  );
}
await workers.close();

/** Trains four times through a worker's examples, in batches; the last of a pass is smaller. */
function train(worker: RemoteWorker, round: number) {
  let params = sendTo(worker);
  let loss = tf.scalar(0).send(worker);
  for (let pass = 0; pass < 4; pass += 1) {
    const options = { batchSize: 20, shuffle: true, seed: 4 * round + pass };
    for (const [x, y] of dataset.at(worker).batches(options)) {
      ({ params, loss } = step(params, x, y));
    }
  }
  return { params, loss };
}

/** Averages networks at a third worker. */
async function average(networks: readonly Network[]): Promise<Network<tf.Tensor>> {
  const moved = await Promise.all(
    networks.map((params) => Promise.all(params.map((parameter) => parameter.move(carol)))),
  );
  const parameter = (index: number) =>
    hook.tf
      .stack(moved.map((params) => params[index] as PointerTensor))
      .mean(0)
      .get();
  return await Promise.all([parameter(0), parameter(1), parameter(2), parameter(3)]);
}

/** Counts the examples that the network is right about, where they are. */
async function test(): Promise<number> {
  const counts = dataset.parts.map(([x, y]) =>
    countRight.run(x.location, sendTo(x.location), x, y).get(),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + (count.dataSync()[0] ?? 0), 0);
}

function sendTo(worker: RemoteWorker): Network {
  const [w1, b1, w2, b2] = network;
  return [w1.send(worker), b1.send(worker), w2.send(worker), b2.send(worker)];
}
