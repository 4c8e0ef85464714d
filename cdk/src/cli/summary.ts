/** Outputs of each stack, as `cdk deploy --outputs-file` writes them. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What was deployed, and what to type next.
 *
 * @param outputsFile - Path of the outputs, as the next command is given it.
 */
export function summaryOf(stacks: StackOutputs, outputsFile: string): string {
  const sections = Object.entries(stacks).map(([stack, outputs]) => {
    const width = Math.max(...Object.keys(outputs).map((name) => name.length));
    const rows = Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
    return [`${stack} is deployed:`, ...lines].join('\n');
  });
  const next = `Next, tell the command line where it is:\n  npx tributary init --outputs ${outputsFile}`;
  return `\n${[...sections, next].join('\n\n')}\n`;
}
