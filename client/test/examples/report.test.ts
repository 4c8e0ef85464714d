import { expect, test } from 'vitest';
import { costOf, mapItems } from '../../examples/digits/costs.ts';
import { renderReport } from '../../examples/digits/report.ts';
import type { RoundRecord, RunRecord } from '../../examples/digits/run-record.ts';
import { roundSummary, runSummary } from '../../examples/digits/terminal-summary.ts';

const usage = { ...mapItems(() => 10), egressBytes: 16e6, lambdaGigabyteSeconds: 3 };

function record(round: number, changes: Partial<RoundRecord> = {}): RoundRecord {
  return {
    round,
    version: round,
    abortReason: null,
    accuracy: 0.5 + round / 10,
    loss: 1 / round,
    clients: 20,
    included: 19,
    rejected: [{ device: 'device-07', code: 'non-finite' }],
    uploadedBytes: 15_940_000,
    usage,
    cost: costOf(usage),
    durationMs: 6_543,
    ...changes,
  };
}

const run: RunRecord = {
  options: {
    devices: 20,
    rounds: 2,
    seed: 7,
    strategy: 'fedavg',
    iid: false,
    clientsPerRound: 20,
    output: '</script><b>',
  },
  backend: 'wasm 4.22.0',
  initialAccuracy: 0.0912,
  rounds: [record(1), record(2)],
  imageBytes: 47_100_000,
  stagedDevice: 'device-07',
  weightsSha256: 'ab'.repeat(32),
};

function embeddedRun(html: string): unknown {
  const json = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(html)?.[1];
  return JSON.parse(json ?? '');
}

test('the report carries the whole run, the chart library and the drawing of both charts', async () => {
  const html = await renderReport(run);
  expect(embeddedRun(html)).toEqual(run);
  expect(html).toContain('uPlot');
  expect(html).toContain('id="accuracy"');
  expect(html).toContain('id="bytes"');
  expect(html).toContain("draw('accuracy'");
});

test('the report needs nothing but itself', async () => {
  const html = await renderReport(run);
  expect(html).toContain("default-src 'none'");
  expect(html).not.toMatch(/<(?:script|img|link|iframe)[^>]+(?:src|href)=/);
  expect(html).not.toMatch(/@import|url\(/);
});

test('the table shows each round and says that costs are modelled', async () => {
  const html = await renderReport(run);
  expect(html).toContain('<td data-label="Accuracy">60.00 %</td>');
  expect(html).toContain('>device-07 (non-finite, on purpose)</td>');
  expect(html).toContain('>15.9 MB</td>');
  expect(html).toContain('<td data-label="Downloaded">16.0 MB</td>');
  expect(html).toContain('device-07 sends broken numbers on purpose, to show a rejection');
  expect(html).toContain('Costs are modelled');
});

test('the bill adds the rounds up and links each price to its source', async () => {
  const html = await renderReport(run);
  expect(html).toContain('>Egress to devices</td><td data-label="Used">32,000,000 bytes</td>');
  expect(html).toContain(
    '<a href="https://aws.amazon.com/sqs/pricing/">$0.4 per 1,000,000 requests</a>',
  );
  expect(html).toContain('$0.0000133334 per GB-second<');
});

test('text from outside is escaped in the table', async () => {
  const rejected = [{ device: '<i>', code: 'a&b' }];
  const html = await renderReport({ ...run, rounds: [record(1, { rejected })] });
  expect(html).toContain('&lt;i&gt; (a&amp;b)');
  expect(html).not.toContain('<i>');
});

test('a round is summed up with accuracy, bytes, rejections, requests and modelled cost', () => {
  const summary = roundSummary(record(3), { rounds: 10, stagedDevice: 'device-07' });
  expect(summary).toMatch(
    /^Round 3 of 10: accuracy 80\.00 %, loss 0\.3333, 6\.5 s; at this pace 45\.8 s more$/m,
  );
  expect(summary).toMatch(/19 of 20 included; rejected: device-07 \(non-finite, on purpose\)$/m);
  expect(summary).toMatch(/15\.9 MB uploaded, 16\.0 MB downloaded; no image$/m);
  expect(summary).toMatch(/requests {2}50: S3 writes and lists 10, S3 reads 10, SQS 10, Lambda 10/);
  expect(summary).toMatch(
    /on AWS, modelled \(us-east-1\); the largest part is Egress to devices, \d+ %$/m,
  );
});

test('an aborted round says why', () => {
  const aborted = record(1, { abortReason: 'too-few-updates', version: null, included: 0 });
  const summary = roundSummary(aborted, { rounds: 1, stagedDevice: 'device-01' });
  expect(summary).toContain('round aborted: too-few-updates, device-07 (non-finite)');
  expect(summary).not.toContain('at this pace');
});

test('the run is summed up with a sparkline that begins at the initial accuracy', () => {
  const rounds = [record(1, { accuracy: 0.5 }), record(2, { accuracy: 1 })];
  const summary = runSummary({ ...run, initialAccuracy: 0, rounds });
  expect(summary).toMatch(/▁[▃-▆]█ {2}0\.00 % to 100\.00 %/);
  expect(summary).toContain(
    'Traffic   31.9 MB uploaded, 32.0 MB downloaded in 2 rounds; 47.1 MB of images stayed on the devices\n',
  );
  const small = runSummary({ ...run, imageBytes: 1_000_000 });
  expect(small).toContain('1.0 MB of images stayed on the devices (less than the updates');
  expect(summary).toContain(`SHA-256 ${run.weightsSha256}`);
});
