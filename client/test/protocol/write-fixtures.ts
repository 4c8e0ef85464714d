/**
 * Writes the fixtures anew, for a change of the wire that is meant and comes with a new version:
 * `node -C tributary-source --import tsx client/test/protocol/write-fixtures.ts`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeGoldenFiles, encodeGoldenJson } from './golden.ts';
import { GOLDEN_BODIES } from './golden-bodies.ts';
import { GOLDEN_COMMANDS } from './golden-commands.ts';
import { GOLDEN_KEYS } from './golden-keys.ts';
import { GOLDEN_OBJECTS } from './golden-objects.ts';

const files: Readonly<Record<string, Uint8Array | string>> = {
  ...encodeGoldenFiles(),
  ...encodeGoldenJson([...GOLDEN_OBJECTS, ...GOLDEN_BODIES, ...GOLDEN_COMMANDS]),
  'keys.json': `${JSON.stringify(GOLDEN_KEYS, null, 2)}\n`,
};

for (const [file, content] of Object.entries(files)) {
  const path = fileURLToPath(new URL(`fixtures/${file}`, import.meta.url));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
