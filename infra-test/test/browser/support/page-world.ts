import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@tributary/client/tfjs';
import { type LocalFederation, startLocalFederation } from '../../../src/index.ts';
import { Closers } from '../../../src/local-federation/closers.ts';
import { type Pages, startPages } from './pages.ts';

const LINE_PLAN = {
  training: { loss: 'meanSquaredError', learningRate: 0.1, epochs: 100, batchSize: 3 },
};

/** A federation on a local cloud, and pages on other origins; those of `foreignOrigin` are not allowed. */
export interface PageWorld extends Pages {
  readonly federation: LocalFederation;
  /**
   * Creates the line's model and opens its first round.
   *
   * @param goal - Updates that close it. @default 1
   */
  startRound(model: string, goal?: number): Promise<void>;
}

/** Starts all of it; one is enough for a test file. */
export async function startPageWorld(): Promise<PageWorld> {
  const closers = new Closers();
  try {
    let federation: LocalFederation | undefined;
    const pages = await startPages(async (subject) => {
      return (await federation?.identity.token({ subject })) ?? '';
    });
    closers.add(() => pages.close());
    const allowedOrigins = [pages.origin, pages.plainOrigin];
    federation = await startLocalFederation({
      tuning: { allowedOrigins, collectIntervalSeconds: 0 },
    });
    closers.add(federation.close);
    const { operator } = federation;
    return {
      ...pages,
      federation,
      async startRound(model, goal = 1) {
        await operator.createModel({ model, weights: lineWeights(), plan: LINE_PLAN });
        await operator.startRound(model, { goal, minimum: 1, deadlineSeconds: 900 });
      },
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Zeros, in the names and shapes that the page's model has. */
function lineWeights() {
  const kernelInitializer = 'zeros';
  const line = tf.layers.dense({ name: 'line', units: 1, inputShape: [1], kernelInitializer });
  return weightsOf(tf.sequential({ layers: [line] }));
}
