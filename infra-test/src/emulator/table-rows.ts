/** A run's report, as far as the contract's rows are in it. */
export interface RunReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly meta?: {
        readonly row?: string;
        readonly implementation?: string;
        readonly skipReason?: string;
      };
    }[];
  }[];
}

/** What one implementation did with one row. */
export interface Cell {
  readonly row: string;
  readonly implementation: string;
  /** `as documented`, `fails`, or what it does otherwise. */
  readonly verdict: string;
}

/** Every contract row of a run. */
export function cellsOf({ testResults }: RunReport): Cell[] {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ status, meta }) => {
      const { row, implementation, skipReason } = meta ?? {};
      if (row === undefined || implementation === undefined) return [];
      const ran = status === 'passed' ? 'as documented' : 'fails';
      return [{ row, implementation, verdict: skipReason ?? ran }];
    }),
  );
}

/**
 * A Markdown table for each file of the contract: a line a row, a column an implementation. The same
 * for the same cells, in whatever order they come.
 */
export function contractTable(cells: readonly Cell[]): string {
  const implementations = distinct(cells.map(({ implementation }) => implementation)).sort();
  const rows = distinct(cells.map(({ row }) => row)).sort();
  const verdicts = new Map(cells.map((cell) => [`${cell.implementation}|${cell.row}`, cell]));
  const lineOf = (row: string): string =>
    lineIn([
      nameIn(row),
      ...implementations.map((name) => verdicts.get(`${name}|${row}`)?.verdict ?? 'not run'),
    ]);
  const head = [
    lineIn(['row', ...implementations]),
    lineIn(['row', ...implementations].map(dashes)),
  ];
  const files = distinct(rows.map(fileOf)).map((file) =>
    [
      `**${file}**`,
      '',
      ...head,
      ...rows.filter((row) => fileOf(row) === file).map(lineOf),
      '',
    ].join('\n'),
  );
  return `\n${files.join('\n')}\n`;
}

const fileOf = (row: string): string => row.split(' > ')[0] ?? row;
const nameIn = (row: string): string => row.split(' > ').slice(1).join(' › ');
const dashes = (): string => '---';
const lineIn = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
