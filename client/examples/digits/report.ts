import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { reportCosts } from './report-costs.ts';
import { reportStyle } from './report-style.ts';
import { reportSummary, reportTable } from './report-table.ts';
import type { RunRecord } from './run-record.ts';

/**
 * Writes a run as one HTML page that needs nothing but itself: data, charts and styles are inside, and
 * its content policy forbids any request.
 */
export async function renderReport(run: RunRecord): Promise<string> {
  const { script, style } = await readChartLibrary();
  const charts = await readFile(new URL('./report-charts.js', import.meta.url), 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tributary: digits, seed ${run.options.seed}</title>
<style>${style}${reportStyle}</style>
</head>
<body>
<main>
<h1>Digits, learnt where they are written</h1>
${reportSummary(run)}
<h2>Test accuracy after each round</h2>
<div id="accuracy" class="chart"></div>
<h2>Bytes per round</h2>
<div id="bytes" class="chart"></div>
<h2>Rounds</h2>
${reportTable(run)}
<h2>Cost on AWS, modelled</h2>
${reportCosts(run)}
</main>
<script type="application/json" id="run">${embedJson(run)}</script>
<script>${script}</script>
<script>${charts}</script>
</body>
</html>
`;
}

async function readChartLibrary(): Promise<{ script: string; style: string }> {
  const folder = dirname(createRequire(import.meta.url).resolve('uplot'));
  const [script, style] = await Promise.all([
    readFile(join(folder, 'uPlot.iife.min.js'), 'utf8'),
    readFile(join(folder, 'uPlot.min.css'), 'utf8'),
  ]);
  return { script, style };
}

/** JSON that can't end the element it stands in. */
function embedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
