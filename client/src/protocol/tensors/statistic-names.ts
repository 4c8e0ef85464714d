/** Names that libraries give to moving statistics. */

/**
 * `moving_mean`, `moving_variance` of Keras and TensorFlow.js; `running_mean`, `running_var`,
 * `num_batches_tracked` of PyTorch and MLX; `mean_ema`, `var_ema` of Haiku. A library may number them.
 */
const STATISTIC_NAME =
  /(^|_)((moving|running)_(mean|var|variance|std|avg|average)|(mean|var)_ema|num_batches_tracked)(_\d+)?$/i;

/** The collection in which Flax keeps them. */
const STATISTICS_COLLECTION = 'batch_stats';

/**
 * Says whether a tensor is named like a moving statistic, such as `bn/moving_variance:0`,
 * `layer1.0.bn1.running_var` or `batch_stats/BatchNorm_0/mean`.
 */
export function isNamedLikeStatistic(name: string): boolean {
  const parts = name.split(/[/.:]/).filter((part) => part !== '' && !/^\d+$/.test(part));
  return STATISTIC_NAME.test(parts.at(-1) ?? '') || parts.includes(STATISTICS_COLLECTION);
}
