/**
 * `npm run contract-table -- <report>…`: what two runs' JSON reports say of every row of the contract,
 * as a section of `infra-test/README.md`. `--check` fails where the section says otherwise.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Cell, cellsOf, contractTable, type RunReport } from './table-rows.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const SECTION = /(<!-- contract-table: generated -->\n)[\s\S]*?(<!-- \/contract-table -->)/;

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const cells: Cell[] = [];
for (const file of positionals) {
  const report: RunReport = JSON.parse(await readFile(file, 'utf8'));
  cells.push(...cellsOf(report));
}
const before = await readFile(README, 'utf8');
const after = before.replace(SECTION, (_, begin, end) => `${begin}${contractTable(cells)}${end}`);
if (!values.check) {
  await writeFile(README, after);
} else if (after !== before) {
  process.stderr.write(
    'The contract table of infra-test/README.md is not what these runs say; run npm run contract-table and review the difference\n',
  );
  process.exitCode = 1;
}
