import { isNamedLikeStatistic } from '@tributary/client/protocol';
import { expect, it } from 'vitest';

it.each([
  'moving_mean',
  'batch_normalization_1/moving_variance',
  'bn/moving_mean:0',
  'bn/moving_mean_2',
  'layer1.0.bn1.running_mean',
  'layer1.0.bn1.running_var',
  'bn.num_batches_tracked',
  'resnet/batchnorm/~/mean_ema',
  'batch_stats/BatchNorm_0/mean',
  'batch_stats.BatchNorm_0.var',
])('%s is named like a moving statistic', (name) => {
  expect(isNamedLikeStatistic(name)).toBe(true);
});

it.each([
  'dense/kernel',
  'bn/gamma',
  'moving_mean/kernel',
  'running_mean_predictor/bias',
  'mean',
  'removing_meaning',
  'heavyrunning_varx',
  '',
  '/',
])('%s is not', (name) => {
  expect(isNamedLikeStatistic(name)).toBe(false);
});
