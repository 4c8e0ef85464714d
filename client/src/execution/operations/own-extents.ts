/** Operations that make arrays of a size which follows from several arguments, before any kernel could refuse. */
import { checkOutput } from '../shapes/plan-kernel.ts';
import { refuse } from '../shapes/refuse.ts';
import { elementsOf } from '../shapes/spec.ts';
import type { OwnOperation, OwnRequest } from './own-operation.ts';

/** An attribute that counts samples; the default where it is left out. */
function samplesOf({ op, attributes }: OwnRequest, name: string, byDefault: number): number {
  const value = attributes[name] ?? byDefault;
  if (Number.isSafeInteger(value) && Number(value) >= 1) return Number(value);
  return refuse('argument-invalid', `Operation ${op} got no integer from 1 as ${name}; give one`);
}

function checkShape({ op }: OwnRequest, shape: readonly number[]): void {
  checkOutput({ kernel: `Operation ${op}` }, { shape, dtype: 'float32' });
}

const frames: OwnOperation = {
  check: (request) => {
    const length = samplesOf(request, 'frameLength', 1);
    const step = samplesOf(request, 'frameStep', 1);
    const samples = elementsOf(request.specOf(0).shape);
    // Even with no frame at all, a window of a frame's length is made.
    checkShape(request, [
      Math.ceil(samples / step) + 1,
      Math.max(length, samplesOf(request, 'fftLength', 1)),
    ]);
  },
};

const fourier: OwnOperation = {
  check: (request) => {
    const { shape } = request.specOf(0);
    checkShape(request, [...shape.slice(0, -1), samplesOf(request, 'fftLength', 1)]);
  },
};

const qr: OwnOperation = {
  check: (request) => {
    const { shape } = request.specOf(0);
    const rows = shape.at(-2) ?? 1;
    checkShape(request, [...shape.slice(0, -2), rows, rows]);
  },
};

/** Operations by name. */
export const OWN_EXTENTS: Readonly<Record<string, OwnOperation>> = {
  'linalg.qr': qr,
  rfft: fourier,
  'signal.frame': frames,
  'signal.stft': frames,
  'spectral.rfft': fourier,
};
