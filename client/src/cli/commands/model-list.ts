import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** `model list`: the names of all models. */
export function modelList(run: RunCommand): CommandUnknownOpts {
  return new Command('list')
    .description('List the names of all models.')
    .addHelpText('after', examples('model list'))
    .action(() =>
      run(async ({ operator, output, signal }) => {
        const models = await (await operator()).models({ signal });
        output.answer({ models }, models.join('\n') || 'No models yet');
        return EXIT_CODES.success;
      }),
    );
}
