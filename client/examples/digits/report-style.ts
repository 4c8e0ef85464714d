/** Styles of the report page; colours follow the reader's light or dark setting. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5b6b7b; --line: #d9e0e7; --paper: #fff; --water: #0b72b9; --stay: #c9772b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9fb0c0; --line: #2f3b47; --paper: #10171e; --water: #58b0ee; --stay: #e6a15c; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.8rem; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.table { overflow-x: auto; }
.table table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
.table th, .table td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
.table th:first-child, .table td:first-child { text-align: left; }
.table th { color: var(--soft); font-weight: 500; }
a { color: var(--water); }
.note { color: var(--soft); font-size: .85rem; }
.chart { min-height: 300px; }
.u-legend { color: var(--soft); font-size: .85rem; }
.u-legend .u-value { font-variant-numeric: tabular-nums; }
@media (max-width: 52rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
  .table thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .table tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  .table td, .table td:first-child { display: flex; justify-content: space-between; gap: 1.5rem; padding: .1rem 0; border: 0; white-space: normal; text-align: right; }
  .table td::before { content: attr(data-label); color: var(--soft); text-align: left; }
  .table td:empty { display: none; }
}
`;
