import {
  addUsage,
  COST_ITEMS,
  type CostItem,
  costOf,
  largestItem,
  PRICE_REGION,
  PRICES,
  PRICES_AS_OF,
} from './costs.ts';
import { escapeHtml, tableOf } from './report-table.ts';
import type { RunRecord } from './run-record.ts';
import { formatPercent, formatUsd } from './terminal-format.ts';

/** The bill of the whole run, item by item, with what each price is and where it stands. */
export function reportCosts(run: RunRecord): string {
  const usage = addUsage(run.rounds.map((round) => round.usage));
  const cost = costOf(usage);
  const { item, share } = largestItem(cost);
  const rows = COST_ITEMS.map((one) => row(one, usage[one], cost.items[one]));
  const total = ['All rounds', '', '', formatUsd(cost.totalUsd)];
  return `${tableOf(['Item', 'Used', 'List price', 'Cost'], [...rows, total])}
<p class="note">${escapeHtml(PRICES[item].name)} costs most, ${formatPercent(share, 0)}. Costs are modelled: what the local cloud counted of requests and bytes, times the list prices of ${PRICE_REGION} (${PRICES_AS_OF}). Run times of functions are modelled from those counts too. Devices, functions and operator poll while they wait, so a slower machine counts somewhat more requests. Egress to the devices is included; free tiers, storage and logs are not.</p>`;
}

/** Cells as HTML. */
function row(item: CostItem, amount: number, usd: number): readonly string[] {
  const { name, usd: price, per, unit, source } = PRICES[item];
  const used = `${Math.round(amount).toLocaleString('en')} ${unit}s`;
  const listed = `$${price} per ${per === 1 ? '' : `${per.toLocaleString('en')} `}${unit}${per === 1 ? '' : 's'}`;
  return [escapeHtml(name), used, `<a href="${source}">${listed}</a>`, formatUsd(usd)];
}
