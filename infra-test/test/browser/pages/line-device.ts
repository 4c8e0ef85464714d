/**
 * A page that takes part in a round with three points of a line, and shows how far it is. In a worker it
 * tells the page its report.
 */
import * as tf from '@tensorflow/tfjs';
import { Device, Federation, type Progress, type TrainFunction } from '@tributary/client';
import { prepareEngine, trainerFor } from '@tributary/client/tfjs';
import { type PageReport, type PageSettings, TRAININGS } from './page-settings.ts';

const settings: PageSettings = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const isWorker = typeof document === 'undefined';
const notices: string[] = [];
const waits: string[] = [];

void run();

async function run(): Promise<void> {
  try {
    await takePart();
  } catch (error) {
    const { code, name, message } = error as { code?: string; name: string; message: string };
    finish(code ?? name, message);
  }
}

async function takePart(): Promise<void> {
  const { coordinatorUrl, model, deviceId, prefer, wasmPaths } = settings;
  const { backend, reason } = await prepareEngine(tf, { prefer, wasmPaths });
  show('engine', `${backend}: ${reason}`);
  if (model === undefined) return finish('ready', backend);

  const token = async () => (await fetch(`token/${deviceId}`)).text();
  const federation = new Federation({ coordinatorUrl, token });
  const device = new Device({ federation, deviceId, train: counted(await trainer()) });
  const outcome = await device.participate(model, { onProgress });
  finish(outcome.kind, JSON.stringify(outcome));
}

/** Ada's points of the line y = 2x + 1. */
async function trainer(): Promise<TrainFunction> {
  const { layers, sequential } = settings.hasSecondCopy === true ? await secondCopy() : tf;
  const model = sequential({ layers: [layers.dense({ name: 'line', units: 1, inputShape: [1] })] });
  return trainerFor(model, {
    xs: tf.tensor2d([[0], [1], [2]]),
    ys: tf.tensor2d([[1], [3], [5]]),
  });
}

function secondCopy(): Promise<typeof tf> {
  const script = document.createElement('script');
  script.src = 'tf.min.js';
  document.head.append(script);
  return new Promise((resolve, reject) => {
    script.onerror = () => reject(new Error('The second copy did not load'));
    script.onload = () => resolve((globalThis as unknown as { tf: typeof tf }).tf);
  });
}

function counted(train: TrainFunction): TrainFunction {
  return async (weights, plan, context) => {
    countTraining();
    show('phase', 'training');
    if (settings.hangs === true) await new Promise(() => undefined);
    const result = await train(weights, plan, context);
    const named = Object.entries(settings.metrics ?? {});
    const metrics = Object.fromEntries(named.map(([name, value]) => [name, Number(value)]));
    return { ...result, metrics: { ...result.metrics, ...metrics } };
  };
}

function countTraining(): void {
  if (isWorker) return;
  localStorage.setItem(TRAININGS, String(Number(localStorage.getItem(TRAININGS)) + 1));
}

function onProgress(progress: Progress): void {
  if (progress.phase === 'notice') notices.push(progress.reason);
  else if (progress.phase === 'waiting') waits.push(progress.reason);
  else show('phase', `${progress.phase}, ${progress.done} of ${progress.total} ${progress.unit}`);
  show('waits', waits.join('\n'));
  show('notices', notices.join('\n'));
}

function finish(kind: string, text: string): void {
  show('result', `${kind}: ${text}`);
  const report: PageReport = { kind, text, notices, waits };
  Object.assign(globalThis, { report });
  if (isWorker) postMessage(report);
}

function show(id: string, text: string): void {
  const element = isWorker ? null : document.getElementById(id);
  if (element !== null) element.textContent = text;
}
