import { PRICE_REGION, PRICES_AS_OF, REQUEST_ITEMS } from './costs.ts';
import { describeSplit } from './options.ts';
import type { RoundRecord, RunRecord } from './run-record.ts';
import { formatBytes, formatPercent, formatSeconds, formatUsd } from './terminal-format.ts';

/** The run's facts as a definition list. */
export function reportSummary(run: RunRecord): string {
  const { options, rounds } = run;
  const total = rounds.reduce((sum, round) => sum + round.cost.totalUsd, 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Devices', `${options.devices}, of which ${options.clientsPerRound} take part in a round`],
    ['Data', `MNIST, ${describeSplit(options)}`],
    ['Traffic', trafficText(run)],
    ['Staged', `${run.stagedDevice} sends broken numbers on purpose, to show a rejection`],
    ['Strategy', options.strategy],
    ['Seed', String(options.seed)],
    ['Tensor backend', run.backend],
    ['Accuracy', `${formatPercent(run.initialAccuracy)} before, ${finalAccuracy(run)} after`],
    [
      'Cost on AWS, modelled',
      `${formatUsd(total)} (list prices of ${PRICE_REGION}, ${PRICES_AS_OF})`,
    ],
    ['SHA-256 of the weights', run.weightsSha256],
  ];
  return `<dl>${facts.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`;
}

/** One row per round. */
export function reportTable(run: RunRecord): string {
  return tableOf(
    COLUMNS.map(([head]) => head),
    run.rounds.map((round) => COLUMNS.map(([, cell]) => escapeHtml(cell(round, run)))),
  );
}

/**
 * A table whose rows become blocks on a narrow page, each cell with its column's name.
 *
 * @param heads - Names of the columns, as text.
 * @param rows - Cells as HTML.
 */
export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const names = heads.map(escapeHtml);
  const head = names.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = rows.map((cells) => {
    const row = cells.map((cell, column) => `<td data-label="${names[column]}">${cell}</td>`);
    return `<tr>${row.join('')}</tr>`;
  });
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

type Cell = (round: RoundRecord, run: RunRecord) => string;

const COLUMNS: readonly (readonly [string, Cell])[] = [
  ['Round', (round) => String(round.round)],
  ['Accuracy', (round) => formatPercent(round.accuracy)],
  ['Included', (round) => `${round.included} of ${round.clients}`],
  ['Rejected', (round, { stagedDevice }) => rejections(round, stagedDevice)],
  ['Uploaded', (round) => formatBytes(round.uploadedBytes)],
  ['Downloaded', ({ usage }) => formatBytes(usage.egressBytes)],
  ['Requests', (round) => String(requestCount(round))],
  ['Cost, modelled', (round) => formatUsd(round.cost.totalUsd)],
  ['Time', (round) => formatSeconds(round.durationMs)],
];

/** Billed requests and invocations of a round. */
export function requestCount({ usage }: RoundRecord): number {
  return REQUEST_ITEMS.reduce((sum, item) => sum + usage[item], 0);
}

/** `device-07 (non-finite, on purpose)`, or a dash. */
export function rejections({ rejected, abortReason }: RoundRecord, stagedDevice: string): string {
  const devices = rejected.map(
    ({ device, code }) => `${device} (${code}${device === stagedDevice ? ', on purpose' : ''})`,
  );
  const reasons = abortReason === null ? devices : [`round aborted: ${abortReason}`, ...devices];
  return reasons.length === 0 ? '–' : reasons.join(', ');
}

/** What travelled in all rounds, beside what did not; more is said where weights are the larger part. */
export function trafficText({ rounds, imageBytes }: RunRecord): string {
  const uploaded = rounds.reduce((sum, round) => sum + round.uploadedBytes, 0);
  const downloaded = rounds.reduce((sum, round) => sum + round.usage.egressBytes, 0);
  const traffic = `${formatBytes(uploaded)} uploaded, ${formatBytes(downloaded)} downloaded in ${rounds.length} round${rounds.length === 1 ? '' : 's'}`;
  const images = `${formatBytes(imageBytes)} of images stayed on the devices`;
  const isMore = uploaded > imageBytes;
  return `${traffic}; ${images}${isMore ? ' (less than the updates: these are few and small images)' : ''}`;
}

function finalAccuracy({ rounds, initialAccuracy }: RunRecord): string {
  return formatPercent(rounds.at(-1)?.accuracy ?? initialAccuracy);
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
