import * as tf from '@tensorflow/tfjs';
import { Device, Federation } from '@tributary/client';
import { prepareEngine, trainerFor } from '@tributary/client/tfjs';

const show = (text: string) => document.body.append(text, document.createElement('br'));

// WebGL where the browser has it; else WebAssembly, whose files lie in this folder of the page's server.
const { backend, reason } = await prepareEngine(tf, { wasmPaths: 'wasm/' });
show(`Computes with ${backend}: ${reason}`);

// Where the federation is, and a token. An application's own server would give a token after a sign-in.
const { coordinatorUrl } = await (await fetch('tributary.json')).json();
const token = async () => (await (await fetch('ada.jwt')).text()).trim();

// The model of the federation, and what only this page knows: points of a line.
const model = tf.sequential({
  layers: [tf.layers.dense({ name: 'line', units: 1, inputShape: [1] })],
});
const data = { xs: tf.tensor2d([[0], [1], [2]]), ys: tf.tensor2d([[1], [3], [5]]) };

const federation = new Federation({ coordinatorUrl, token });
const device = new Device({ federation, deviceId: 'ada', train: trainerFor(model, data) });
try {
  const outcome = await device.participate('page', {
    onProgress: ({ phase, done, total, unit }) => show(`${phase}: ${done} of ${total} ${unit}`),
  });
  show(`The update was ${outcome.kind}`);
} catch (error) {
  show(String(error));
}
