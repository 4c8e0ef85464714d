// What of tfjs workers don't offer, with the reason; whatever is not here must be understood by the
// generator, so that a new version of tfjs can't slip anything in.

const LOCAL = 'makes a tensor of values given; make it locally and send it';
const STRINGS = 'works on strings, which workers do not hold';
const RAGGED = 'works on ragged tensors, whose row lengths are values and not shapes';
const BROWSER = 'needs a page in a browser';

/** @type {Record<string, string>} */
export const EXCLUDED = {
  OP_SCOPE_SUFFIX: 'is a constant of tfjs',
  op: 'wraps functions, and code does not travel',
  rand: 'takes a function, and code does not travel',
  multiRNNCell: 'takes functions, and code does not travel; use basicLSTMCell per layer',
  buffer: 'makes a buffer that is written to in place',
  print: 'prints to the console of the worker',
  variable: 'makes a variable, and tensors on workers are immutable',
  scalar: LOCAL,
  tensor: LOCAL,
  tensor1d: LOCAL,
  tensor2d: LOCAL,
  tensor3d: LOCAL,
  tensor4d: LOCAL,
  tensor5d: LOCAL,
  tensor6d: LOCAL,
  raggedGather: RAGGED,
  raggedRange: RAGGED,
  raggedTensorToTensor: RAGGED,
  'string.stringNGrams': STRINGS,
  'string.stringSplit': STRINGS,
  'string.stringToHashBucketFast': STRINGS,
  'string.staticRegexReplace': STRINGS,
  'browser.fromPixels': BROWSER,
  'browser.fromPixelsAsync': BROWSER,
  'browser.toPixels': BROWSER,
  'browser.draw': BROWSER,
};

/** What has no gradient at a worker; every other operation has an exact one, as its test proves. */
export const GRADIENTLESS = new Set([
  // Make truth values, integers or a choice among values.
  ...'all any argMax argMin bitwiseAnd broadcastArgs equal floorDiv greater greaterEqual'.split(
    ' ',
  ),
  ...'inTopKAsync isFinite isInf isNaN less lessEqual logicalAnd logicalNot logicalOr'.split(' '),
  ...'logicalXor lowerBound math.confusionMatrix multinomial notEqual oneHot searchSorted'.split(
    ' ',
  ),
  ...'setdiff1dAsync sparse.sparseReshape unique upperBound whereAsync image.threshold'.split(' '),
  ...'image.nonMaxSuppression image.nonMaxSuppressionAsync image.nonMaxSuppressionPadded'.split(
    ' ',
  ),
  ...'image.nonMaxSuppressionPaddedAsync image.nonMaxSuppressionWithScore'.split(' '),
  'image.nonMaxSuppressionWithScoreAsync',
  // Take no tensors.
  ...'eye fill linspace ones randomGamma randomNormal randomStandardNormal randomUniform'.split(
    ' ',
  ),
  ...'randomUniformInt range signal.hammingWindow signal.hannWindow truncatedNormal zeros'.split(
    ' ',
  ),
  // Take or make complex numbers.
  ...'complex fft ifft imag irfft real rfft signal.stft spectral.fft spectral.ifft'.split(' '),
  ...'spectral.irfft spectral.rfft'.split(' '),
  // Mix pixels in a way that only their kernels know.
  'image.cropAndResize',
  'image.transform',
]);

/** Names that tfjs's own types leave open, in the order of the outputs. */
export const NAMED_OUTPUTS = {
  maxPoolWithArgmax: ['result', 'indexes'],
  'image.nonMaxSuppressionWithScore': ['selectedIndices', 'selectedScores'],
  'image.nonMaxSuppressionWithScoreAsync': ['selectedIndices', 'selectedScores'],
  'image.nonMaxSuppressionPadded': ['selectedIndices', 'validOutputs'],
  'image.nonMaxSuppressionPaddedAsync': ['selectedIndices', 'validOutputs'],
  'sparse.sparseFillEmptyRows': [
    'outputIndices',
    'outputValues',
    'emptyRowIndicator',
    'reverseIndexMap',
  ],
  'sparse.sparseReshape': ['outputIndices', 'outputShape'],
};

/** Operations that draw random numbers, all by a parameter of this name. */
export const SEED = 'seed';

/** Methods of tensors that are more than one call with their arguments in another order. */
export const ADAPTED_METHODS = [
  'as1D',
  'as2D',
  'as3D',
  'as4D',
  'as5D',
  'asScalar',
  'concat',
  'flatten',
  'reshapeAs',
  'stack',
];
