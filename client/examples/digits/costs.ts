/** What a round would have cost on AWS: modelled from the local cloud's counters, never billed. */

/** Region whose list prices are used. */
export const PRICE_REGION = 'us-east-1';

/** Month the list prices were looked up; free tiers and volume discounts are left out. */
export const PRICES_AS_OF = '2026-06';

/** One list price. */
export interface Price {
  /** What is paid for. */
  readonly name: string;
  /** US dollars for `per` units. */
  readonly usd: number;
  readonly per: number;
  readonly unit: string;
  /** AWS's page that states it. */
  readonly source: string;
}

const S3 = 'https://aws.amazon.com/s3/pricing/';
const SQS = 'https://aws.amazon.com/sqs/pricing/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const EVENTS = 'https://aws.amazon.com/eventbridge/pricing/';

/** Everything a round is billed for; storage and logs are standing costs and not a round's. */
export const PRICES = {
  /** PUT, COPY, POST and LIST requests; S3 Standard. */
  s3Writes: { name: 'S3 writes and lists', usd: 5, per: 1e6, unit: 'request', source: S3 },
  /** GET and HEAD requests; S3 Standard. DELETE is free. */
  s3Reads: { name: 'S3 reads', usd: 0.4, per: 1e6, unit: 'request', source: S3 },
  /** Requests of at most 64 KiB to standard queues. */
  sqsRequests: { name: 'SQS', usd: 0.4, per: 1e6, unit: 'request', source: SQS },
  lambdaInvocations: { name: 'Lambda', usd: 0.2, per: 1e6, unit: 'invocation', source: LAMBDA },
  /** Memory size × billed duration, arm64. */
  lambdaGigabyteSeconds: {
    name: 'Lambda run time',
    usd: 0.0000133334,
    per: 1,
    unit: 'GB-second',
    source: LAMBDA,
  },
  schedulerInvocations: { name: 'Scheduler', usd: 1, per: 1e6, unit: 'invocation', source: EVENTS },
  /** From S3 and function URLs to devices on the internet; first 10 TB a month. Uploads are free. */
  egressBytes: { name: 'Egress to devices', usd: 0.09, per: 1024 ** 3, unit: 'byte', source: S3 },
} as const satisfies Readonly<Record<string, Price>>;

/** One item of a bill. */
export type CostItem = keyof typeof PRICES;

/** Every {@link CostItem}, in the order of the bill. */
export const COST_ITEMS = Object.keys(PRICES) as readonly CostItem[];

/** The items that count requests and invocations. */
export const REQUEST_ITEMS: readonly CostItem[] = COST_ITEMS.filter((item) =>
  ['request', 'invocation'].includes(PRICES[item].unit),
);

/** How much of each item was used, in the price's unit. */
export type Usage = Readonly<Record<CostItem, number>>;

/** US dollars by item, and their sum. */
export interface Cost {
  readonly items: Usage;
  readonly totalUsd: number;
}

/** Prices a usage at list prices. */
export function costOf(usage: Usage): Cost {
  const items = mapItems((item) => (usage[item] / PRICES[item].per) * PRICES[item].usd);
  return { items, totalUsd: sum(items) };
}

/** The item that costs most, and its share of the whole, 0 … 1. */
export function largestItem({ items, totalUsd }: Cost): {
  readonly item: CostItem;
  readonly share: number;
} {
  const item = COST_ITEMS.reduce((most, one) => (items[one] > items[most] ? one : most));
  return { item, share: totalUsd === 0 ? 0 : items[item] / totalUsd };
}

/** Adds usages up. */
export function addUsage(usages: readonly Usage[]): Usage {
  return mapItems((item) => usages.reduce((total, usage) => total + usage[item], 0));
}

/** Makes a usage or a bill from a function of each item. */
export function mapItems(value: (item: CostItem) => number): Usage {
  return Object.fromEntries(COST_ITEMS.map((item) => [item, value(item)])) as Usage;
}

function sum(items: Usage): number {
  return COST_ITEMS.reduce((total, item) => total + items[item], 0);
}
