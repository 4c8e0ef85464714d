// Reads from tfjs's declarations which operations there are, and writes the table that workers go by
// and the signatures that editors complete. `--check` compares instead of writing; a path names
// another folder than the client's sources.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readMethods, readOperations } from './build-operations/declarations.mjs';
import { renderSignatures, renderTables } from './build-operations/render.mjs';
import { methodTable, operationTable } from './build-operations/table.mjs';

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [folder = fileURLToPath(new URL('../client/src', import.meta.url))] = positionals;

const operations = operationTable(await readOperations());
const methods = await readMethods();
const files = {
  'protocol/commands/operations.generated.ts': renderTables(
    operations,
    methodTable(methods, operations),
  ),
  'pointers/pointer-operations.generated.ts': renderSignatures(operations, methods),
};

for (const [name, text] of Object.entries(files)) {
  const path = join(folder, name);
  if (!values.check) {
    await writeFile(path, text);
  } else if ((await readFile(path, 'utf8')) !== text) {
    process.stderr.write(
      `${path} differs from what tfjs declares; run \`npm run build:operations\` and commit the file\n`,
    );
    process.exitCode = 1;
  }
}
