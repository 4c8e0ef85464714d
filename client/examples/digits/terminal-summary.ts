import sparkly from 'sparkly';
import { largestItem, PRICE_REGION, PRICES, REQUEST_ITEMS } from './costs.ts';
import { rejections, requestCount, trafficText } from './report-table.ts';
import type { RoundRecord, RunRecord } from './run-record.ts';
import { formatBytes, formatPercent, formatSeconds, formatUsd } from './terminal-format.ts';

/** What a round came to, as lines for a terminal. */
export function roundSummary(
  round: RoundRecord,
  { rounds, stagedDevice }: { readonly rounds: number; readonly stagedDevice: string },
): string {
  const { usage, cost } = round;
  const requests = REQUEST_ITEMS.filter((item) => usage[item] > 0).map(
    (item) => `${PRICES[item].name} ${usage[item]}`,
  );
  const { item, share } = largestItem(cost);
  return [
    `Round ${round.round} of ${rounds}: accuracy ${formatPercent(round.accuracy)}, loss ${round.loss.toFixed(4)}, ${formatSeconds(round.durationMs)}${timeLeft(round, rounds)}`,
    `  updates   ${round.included} of ${round.clients} included; rejected: ${rejections(round, stagedDevice)}`,
    `  bytes     ${formatBytes(round.uploadedBytes)} uploaded, ${formatBytes(usage.egressBytes)} downloaded; no image`,
    `  requests  ${requestCount(round)}: ${requests.join(', ')}`,
    `  cost      ${formatUsd(cost.totalUsd)} on AWS, modelled (${PRICE_REGION}); the largest part is ${PRICES[item].name}, ${formatPercent(share, 0)}`,
  ].join('\n');
}

/** What the rounds to come take at the pace of this one. */
function timeLeft({ round, durationMs }: RoundRecord, rounds: number): string {
  const left = rounds - round;
  return left > 0 ? `; at this pace ${formatSeconds(left * durationMs)} more` : '';
}

/** How the whole run went: a sparkline of the accuracy from the initial weights on. */
export function runSummary(run: RunRecord): string {
  const accuracies = [run.initialAccuracy, ...run.rounds.map(({ accuracy }) => accuracy)];
  const last = accuracies.at(-1) ?? run.initialAccuracy;
  const cost = run.rounds.reduce((sum, round) => sum + round.cost.totalUsd, 0);
  return [
    `Accuracy  ${sparkly(accuracies, { minimum: 0, maximum: 1 })}  ${formatPercent(run.initialAccuracy)} to ${formatPercent(last)}`,
    `Traffic   ${trafficText(run)}`,
    `Cost      ${formatUsd(cost)} on AWS, modelled`,
    `Weights   SHA-256 ${run.weightsSha256}`,
  ].join('\n');
}
