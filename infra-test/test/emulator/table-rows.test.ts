import { expect, test } from 'vitest';
import { cellsOf, contractTable, type RunReport } from '../../src/emulator/table-rows.ts';

function report(implementation: string, status: string, skipReason?: string): RunReport {
  const meta = { row: 's3 > puts > are kept', implementation };
  const told = skipReason === undefined ? meta : { ...meta, skipReason };
  return { testResults: [{ assertionResults: [{ status, meta: told }, { status: 'passed' }] }] };
}

test('a row has a verdict of each implementation, and tests that are no rows have none', () => {
  const cells = [
    ...cellsOf(report('local cloud', 'passed')),
    ...cellsOf(report('Other', 'pending', 'drops them; AWS keeps <all> | some (Guide)')),
  ];
  expect(contractTable(cells)).toBe(
    [
      '',
      '**s3**',
      '',
      '| row | Other | local cloud |',
      '| --- | --- | --- |',
      '| puts › are kept | drops them; AWS keeps &lt;all> \\| some (Guide) | as documented |',
      '',
      '',
    ].join('\n'),
  );
});

test('the order of the runs changes nothing, and a failure is told as one', () => {
  const [one, two] = [cellsOf(report('A', 'passed')), cellsOf(report('B', 'failed'))];
  expect(contractTable([...two, ...one])).toBe(contractTable([...one, ...two]));
  expect(contractTable(two)).toContain('| puts › are kept | fails |');
});
