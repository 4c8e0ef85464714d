import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs Node until it ends; answers its exit code. Ctrl-C ends the child, and lets this process tidy up.
 *
 * @param words - Node's options, the file and its arguments.
 * @param variables - Set beside this process's own.
 */
export async function runChild(
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(process.execPath, [...words], {
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  });
  const end = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', end).on('SIGTERM', end);
  try {
    const [code]: unknown[] = await once(child, 'exit');
    return typeof code === 'number' ? code : 1;
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}
