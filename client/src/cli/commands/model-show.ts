import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples, modelArgument } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { withKnownNames } from '../known-names.ts';
import { modelText } from '../text.ts';

/** `model show`: plan, version and open round of a model. */
export function modelShow(run: RunCommand): CommandUnknownOpts {
  return new Command('show')
    .description("Show a model's version, open round and plan.")
    .addArgument(modelArgument())
    .addHelpText('after', examples('model show digits'))
    .action((model) =>
      run(async ({ operator, output, signal }) => {
        const federation = await operator();
        const status = await withKnownNames(federation, signal, () =>
          federation.status(model, { signal }),
        );
        output.answer(status, modelText(status));
        return EXIT_CODES.success;
      }),
    );
}
