import { usageError } from './cli-error.ts';

/** TensorFlow.js and our half for it, loaded only where a command needs them. */
export interface TfjsModules {
  readonly tf: typeof import('@tensorflow/tfjs');
  readonly ours: typeof import('../tfjs/index.ts');
  readonly compileModel: typeof import('../tfjs/compiled-model.ts').compileModel;
}

/**
 * Loads TensorFlow.js, which is optional, and its plain backend: nothing is computed here.
 *
 * @throws {@link CliError} `tfjs-missing`.
 */
export async function loadTfjs(): Promise<TfjsModules> {
  try {
    const tf = await import('@tensorflow/tfjs');
    const ours = await import('../tfjs/index.ts');
    const { compileModel } = await import('../tfjs/compiled-model.ts');
    // Else its advice to install another package stands above our own lines.
    tf.env().set('PROD', true);
    await ours.prepareEngine(tf, { prefer: 'cpu' });
    return { tf, ours, compileModel };
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw usageError(
      'TensorFlow.js is not installed; install it with npm install @tensorflow/tfjs, or use safetensors',
      'tfjs-missing',
      cause,
    );
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
