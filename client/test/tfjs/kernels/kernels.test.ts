import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { kernelNames, registerKernels } from '../../../src/tfjs/kernels/index.ts';
import { prepareBackends } from '../support/backends.ts';

beforeAll(prepareBackends);

/** Complex numbers, ragged tensors, strings and drawing; and einsum, which has no gradient anywhere. */
const NOT_NEEDED = [
  'Complex',
  'ComplexAbs',
  'Draw',
  'Einsum',
  'FFT',
  'IFFT',
  'Imag',
  'RaggedGather',
  'RaggedRange',
  'RaggedTensorToTensor',
  'Real',
  'StaticRegexReplace',
];

function namesOn(backend: string): string[] {
  return tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);
}

it('wasm lacks no kernel of cpu that training needs', () => {
  const onWasm = new Set(namesOn('wasm'));
  expect(
    namesOn('cpu')
      .filter((name) => !onWasm.has(name))
      .sort(),
  ).toEqual(NOT_NEEDED);
});

it('every composed kernel is registered once, however often it is asked for', () => {
  for (const backend of ['wasm', 'cpu'] as const) {
    const before = kernelNames(backend).map((name) => tf.getKernel(name, backend)?.kernelFunc);
    registerKernels(backend);
    const after = kernelNames(backend).map((name) => tf.getKernel(name, backend)?.kernelFunc);
    expect(after).toEqual(before);
    const names = namesOn(backend);
    for (const name of kernelNames(backend))
      expect(names.filter((other) => other === name)).toEqual([name]);
  }
});
