import type { Maker, Makers } from './random-inputs.ts';

const complexSignal: Maker = (r) => [r.complex([...r.pick([[], [2]]), r.int(1, 8)])];
const realSignal: Maker = (r) => [r.between(-1, 1, [...r.pick([[], [2]]), r.int(2, 8)])];

const framing: Maker = (r) => [r.between(-1, 1, [r.int(4, 20)]), r.int(1, 4), r.int(1, 4)];

export const SIGNAL_MAKERS: Makers = {
  fft: complexSignal,
  ifft: complexSignal,
  irfft: (r) => [r.complex([r.int(1, 2), r.int(2, 6)])],
  rfft: (r) => [...realSignal(r), r.maybe(4)],
  'spectral.fft': complexSignal,
  'spectral.ifft': complexSignal,
  'spectral.irfft': (r) => [r.complex([r.int(1, 2), r.int(2, 6)])],
  'spectral.rfft': (r) => [...realSignal(r), r.maybe(4)],
  'signal.frame': (r) => [...framing(r), r.maybe(r.bool()), r.maybe(3)],
  'signal.stft': (r) => [...framing(r), r.maybe(8)],
};
