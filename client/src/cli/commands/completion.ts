import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Asks the program itself for the words that may follow; it knows them, and the models. */
const BASH = `_tributary() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -F _tributary tributary`;

const SCRIPTS = {
  bash: BASH,
  zsh: `autoload -U +X bashcompinit && bashcompinit\n${BASH}`,
} as const;

/** `completion`: a script that completes commands, options and model names in a shell. */
export function completion(run: RunCommand): CommandUnknownOpts {
  return new Command('completion')
    .description('Print a script that completes commands and model names.')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh'] as const))
    .addHelpText('after', examples('completion bash >> ~/.bashrc', 'completion zsh >> ~/.zshrc'))
    .action((shell) =>
      run(async ({ output }) => {
        const script = SCRIPTS[shell];
        output.answer({ shell, script }, script);
        return EXIT_CODES.success;
      }),
    );
}
