/** Numbers as people read them; plain ASCII digits, so that output can be searched. */

/** Bytes with a decimal unit, three digits at least: `15.9 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const digits = power === 0 ? 0 : 1;
  return `${(bytes / 1000 ** power).toFixed(digits)} ${units[power]}`;
}

/** Dollars with two digits that mean something: `$0.0031`, `$12.35`; what is modelled is known no better. */
export function formatUsd(usd: number): string {
  if (usd === 0 || usd >= 1) return `$${usd.toFixed(2)}`;
  const leadingZeros = Math.floor(-Math.log10(usd));
  return `$${usd.toFixed(Math.min(leadingZeros + 2, 9))}`;
}

/** A share of one in percent: `92.34 %`. */
export function formatPercent(share: number, digits = 2): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** Seconds of a duration in milliseconds: `9.4 s`. */
export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
