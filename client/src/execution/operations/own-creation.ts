/** Operations whose code in tfjs makes an array by itself, before any kernel could refuse. */
import type { DataType } from '@tensorflow/tfjs';
import { refuse } from '../shapes/refuse.ts';
import type { OutputSpec } from '../shapes/spec.ts';
import type { OwnOperation, OwnRequest } from './own-operation.ts';

function shaped(
  defaultDtype: DataType = 'float32',
  check?: (request: OwnRequest) => void,
): OwnOperation {
  return {
    infer: (request) => {
      check?.(request);
      const { attributes } = request;
      const shape = attributes['shape'] as number[];
      return [{ shape, dtype: (attributes['dtype'] ?? defaultDtype) as DataType }];
    },
  };
}

/** Rejection sampling never ends on what is not a number. */
function checkNumbers({ op, attributes }: OwnRequest, names: readonly string[], min: number): void {
  for (const name of names) {
    const value = attributes[name] ?? 1;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min) {
      refuse(
        'argument-invalid',
        `Operation ${op} got no finite number from ${min} as ${name}; give one`,
      );
    }
  }
}

const gamma = shaped('float32', (request) => {
  checkNumbers(request, ['alpha', 'beta'], Number.MIN_VALUE);
});

const truncated = shaped('float32', (request) => {
  checkNumbers(request, ['mean'], -Number.MAX_VALUE);
  checkNumbers(request, ['stdDev'], 0);
});

const eye: OwnOperation = {
  infer: ({ attributes }): OutputSpec[] => {
    const { numRows, numColumns, batchShape, dtype } = attributes;
    const batch = (batchShape ?? []) as number[];
    const shape = [...batch, numRows as number, (numColumns ?? numRows) as number];
    if (batch.length > 3)
      refuse('argument-invalid', 'Operation eye got a batch of more than 3 dimensions');
    return [{ shape, dtype: (dtype ?? 'float32') as DataType }];
  },
};

const window: OwnOperation = {
  infer: ({ attributes }) => [{ shape: [attributes['windowLength'] as number], dtype: 'float32' }],
};

const dropout: OwnOperation = {
  infer: ({ tf, attributes, specOf }) => {
    const x = specOf(0);
    const { rate, noiseShape } = attributes;
    if (x.dtype !== 'float32' || !(Number(rate) >= 0 && Number(rate) < 1)) {
      refuse(
        'argument-invalid',
        `Operation dropout got ${x.dtype} and a rate of ${rate}, expected float32 and a rate in [0, 1)`,
      );
    }
    const noise = (noiseShape ?? x.shape) as number[];
    if (!noise.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      refuse(
        'argument-invalid',
        'Operation dropout got a noiseShape that is no shape; give sizes from 0',
      );
    }
    return [
      { shape: tf.backend_util.assertAndGetBroadcastShape([...x.shape], noise), dtype: 'float32' },
    ];
  },
};

/** Operations by name. */
export const OWN_CREATION: Readonly<Record<string, OwnOperation>> = {
  dropout,
  eye,
  ones: shaped(),
  randomGamma: gamma,
  randomNormal: shaped(),
  randomStandardNormal: shaped(),
  randomUniform: shaped(),
  randomUniformInt: shaped('int32'),
  'signal.hammingWindow': window,
  'signal.hannWindow': window,
  truncatedNormal: truncated,
  zeros: shaped(),
};
