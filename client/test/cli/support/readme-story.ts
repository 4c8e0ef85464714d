/** What the README has an operator type after a deployment. */
import { execFile } from 'node:child_process';
import { readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeWeights } from '@tributary/client/protocol';
import { expect } from 'vitest';
import { makeFolder } from './command.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** The README as it is. */
export const README: string = await readFile(join(ROOT, 'README.md'), 'utf8');

/** A federation as a deployment describes it, and tokens of two devices. */
export interface StoryInput {
  /** Outputs of the stack, by their names. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly tokens: { readonly ada: string; readonly bo: string };
}

/** Runs the commands that follow a deployment, word for word, and expects a trained model on disk. */
export async function expectReadmeStory({ outputs, tokens }: StoryInput): Promise<void> {
  const folder = await makeFolder({
    'cdk-outputs.json': JSON.stringify({ Tributary: outputs }),
    'ada.jwt': tokens.ada,
    'bo.jwt': tokens.bo,
    'package.json': '{"private":true}',
  });
  try {
    // What it writes must not lie about in the repository.
    const shared = ['client', 'node_modules'];
    await Promise.all(shared.map((name) => symlink(join(ROOT, name), join(folder, name))));
    await runStory(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runStory(folder: string): Promise<void> {
  const script = commandsAfterDeployment();
  const { stdout, stderr } = await promisify(execFile)('bash', ['-e', '-c', script], {
    cwd: folder,
  });
  expect(stdout).toContain('Round 1 of model line published version 1\nIncluded  2 updates');
  expect(stderr).toContain('the update is part of version 1');
  const { slope, intercept } = decodeWeights(
    await readFile(join(folder, 'exported', 'model.safetensors')),
  );
  expect(slope?.data[0]).toBeCloseTo(2, 1);
  expect(intercept?.data[0]).toBeCloseTo(1, 1);
}

function commandsAfterDeployment(): string {
  const blocks = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const found = blocks.filter((block) => block.startsWith('npx tributary init'));
  expect(found).toHaveLength(1);
  return found.join('');
}
