import {
  addUsage,
  COST_ITEMS,
  type CostItem,
  costOf,
  PRICE_REGION,
  PRICES,
  PRICES_AS_OF,
} from './costs.ts';
import { escapeHtml } from './report-table.ts';
import type { RunRecord } from './run-record.ts';
import { formatUsd } from './terminal-format.ts';

/** The bill of the whole run, item by item, with what each price is and where it stands. */
export function reportCosts(run: RunRecord): string {
  const usage = addUsage(run.rounds.map((round) => round.usage));
  const cost = costOf(usage);
  const rows = COST_ITEMS.map((item) => row(item, usage[item], cost.items[item]));
  return `<div class="table"><table>
<thead><tr><th scope="col">Item</th><th scope="col">Used</th><th scope="col">List price</th><th scope="col">Cost</th></tr></thead>
<tbody>${rows.join('')}<tr><td>All rounds</td><td></td><td></td><td>${formatUsd(cost.totalUsd)}</td></tr></tbody>
</table></div>
<p class="note">Costs are modelled: what the local cloud counted of requests, run times and bytes, times the list prices of ${PRICE_REGION} (${PRICES_AS_OF}). Run times are those of this machine. Egress to the devices is included; free tiers, storage and logs are not.</p>`;
}

function row(item: CostItem, amount: number, usd: number): string {
  const { name, usd: price, per, unit, source } = PRICES[item];
  const used = `${Math.round(amount).toLocaleString('en')} ${unit}s`;
  const listed = `$${price} per ${per === 1 ? '' : `${per.toLocaleString('en')} `}${unit}${per === 1 ? '' : 's'}`;
  return `<tr><td>${escapeHtml(name)}</td><td>${used}</td><td><a href="${source}">${listed}</a></td><td>${formatUsd(usd)}</td></tr>`;
}
