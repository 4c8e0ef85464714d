import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Names under which systems install it. */
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where macOS has it, which puts no application on the path. */
const MAC_APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Starts the Chromium of this machine, without a window.
 *
 * @param hosts - Names that it resolves to 127.0.0.1. Pages of these, other than those of localhost, are in no
 * secure context. @default none
 * @throws `Error` that says what to install.
 */
export function startChromium(hosts: readonly string[] = []): Promise<Browser> {
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ');
  return chromium.launch({
    executablePath: findChromium(process.env),
    args: [
      // Pages on the graphics processor, also on machines that have none.
      '--enable-unsafe-swiftshader',
      ...(rules === '' ? [] : [`--host-resolver-rules=${rules}`]),
    ],
  });
}

/** `CHROMIUM` names one; else the first on the path. */
function findChromium(environment: NodeJS.ProcessEnv): string {
  const { CHROMIUM: named, PATH: path = '' } = environment;
  if (named !== undefined) return named;

  const onPath = path
    .split(delimiter)
    .flatMap((folder) => PROGRAMS.map((program) => join(folder, program)));
  const found = [...onPath, ...MAC_APPLICATIONS].find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `No Chromium on this machine: expected one of ${PROGRAMS.join(', ')} on the path; install it (apt-get install chromium), or name its file in the variable CHROMIUM`,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
