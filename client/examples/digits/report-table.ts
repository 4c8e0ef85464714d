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
    run.rounds.map((round) => COLUMNS.map(([, cell]) => escapeHtml(cell(round)))),
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

const COLUMNS: readonly (readonly [string, (round: RoundRecord) => string])[] = [
  ['Round', (round) => String(round.round)],
  ['Accuracy', (round) => formatPercent(round.accuracy)],
  ['Included', (round) => `${round.included} of ${round.clients}`],
  ['Rejected', (round) => rejections(round)],
  ['Uploaded', (round) => formatBytes(round.uploadedBytes)],
  ['Stayed on devices', (round) => formatBytes(round.rawBytes)],
  ['Requests', (round) => String(requestCount(round))],
  ['Cost, modelled', (round) => formatUsd(round.cost.totalUsd)],
  ['Time', (round) => formatSeconds(round.durationMs)],
];

/** Billed requests and invocations of a round. */
export function requestCount({ usage }: RoundRecord): number {
  return REQUEST_ITEMS.reduce((sum, item) => sum + usage[item], 0);
}

/** `device-07 (non-finite)`, or a dash. */
export function rejections({ rejected, abortReason }: RoundRecord): string {
  const devices = rejected.map(({ device, code }) => `${device} (${code})`);
  const reasons = abortReason === null ? devices : [`round aborted: ${abortReason}`, ...devices];
  return reasons.length === 0 ? '–' : reasons.join(', ');
}

function finalAccuracy({ rounds, initialAccuracy }: RunRecord): string {
  return formatPercent(rounds.at(-1)?.accuracy ?? initialAccuracy);
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
