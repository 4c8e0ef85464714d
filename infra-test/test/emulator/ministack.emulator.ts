import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { startMiniStack } from '../../src/emulator/ministack.ts';
import { IMPLEMENTATION } from '../contract/rows.ts';
import { skipFor } from '../end-to-end/support/deployed-world.ts';

function isListening(endpoint: string): Promise<boolean> {
  const { hostname: host, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

function isRunning(processGroup = 0): boolean {
  try {
    return process.kill(-processGroup, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

it('leaves no process, no port and no file when it is closed', async () => {
  if (IMPLEMENTATION !== 'MiniStack') skipFor('needs a MiniStack of its own');
  const { endpoint, processGroup, certificateFile, close } = await startMiniStack();
  expect(processGroup).toBeGreaterThan(0);
  const seen = async () => [
    isRunning(processGroup),
    await isListening(endpoint),
    existsSync(certificateFile),
  ];
  expect(await seen()).toEqual([true, true, true]);
  await close();
  expect(await seen()).toEqual([false, false, false]);
});
