import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Federation } from '../../federation/federation.ts';
import type { ModelStatus } from '../../protocol/index.ts';
import { examples } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { statusText } from '../text.ts';

/** Models asked for at once: the coordinator's concurrency is devices' first. */
const CONCURRENCY = 4;

/** `status`: every model with its head and open round. */
export function status(run: RunCommand): CommandUnknownOpts {
  return new Command('status')
    .description('Show every model with its version and open round.')
    .addHelpText('after', examples('status', 'status --json'))
    .action(() =>
      run(async ({ operator, output, signal }) => {
        const models = await statuses(await operator(), signal);
        output.answer({ models }, statusText(models));
        return EXIT_CODES.success;
      }),
    );
}

/** Without the plans, which may have a megabyte each. */
async function statuses(
  federation: Federation,
  signal: AbortSignal,
): Promise<readonly Omit<ModelStatus, 'schema' | 'plan'>[]> {
  const names = await federation.models({ signal });
  const found: Omit<ModelStatus, 'schema' | 'plan'>[] = [];
  for (let begin = 0; begin < names.length; begin += CONCURRENCY) {
    const asked = names.slice(begin, begin + CONCURRENCY);
    const answers = await Promise.all(asked.map((name) => federation.status(name, { signal })));
    for (const { model, version, round, openRound } of answers) {
      found.push({ model, version, round, openRound });
    }
  }
  return found;
}
