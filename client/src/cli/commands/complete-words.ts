import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext, RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Longest look for model names: a shell waits for it. */
const NAMES_MS = 3_000;

/** `complete-words`: what may follow, for the script of `completion`; the last word is unfinished. */
export function completeWords(run: RunCommand): CommandUnknownOpts {
  const command = new Command('complete-words').argument('[words...]');
  return command.action((words) =>
    run(async (context) => {
      const unfinished = words.at(-1) ?? '';
      const given = words.slice(0, -1).filter((word) => !word.startsWith('-'));
      const candidates = await candidatesAfter(command, { given, unfinished }, context);
      const fitting = candidates.filter((candidate) => candidate.startsWith(unfinished));
      context.output.answer(fitting, fitting.join('\n'));
      return EXIT_CODES.success;
    }),
  );
}

interface Words {
  /** Finished words that are no options. */
  readonly given: readonly string[];
  readonly unfinished: string;
}

async function candidatesAfter(
  self: CommandUnknownOpts,
  { given, unfinished }: Words,
  context: CommandContext,
): Promise<readonly string[]> {
  const root = self.parent ?? self;
  let command = root;
  let depth = 0;
  for (const word of given) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child === undefined) break;
    command = child;
    depth += 1;
  }
  if (unfinished.startsWith('-')) {
    return [...command.options, ...root.options].flatMap(({ long }) => long ?? []);
  }
  if (command.commands.length > 0) {
    const shown = command.commands.filter((child) => child !== self);
    return given.length === depth ? shown.map((child) => child.name()) : [];
  }
  const takesModel = command.registeredArguments[0]?.name() === 'model';
  return takesModel && given.length === depth ? modelNames(context) : [];
}

/** None when the federation can't be asked: completion never complains. */
async function modelNames({ operator, signal }: CommandContext): Promise<readonly string[]> {
  try {
    const federation = await operator();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(NAMES_MS)]);
    return await federation.models({ signal: limit });
  } catch {
    return [];
  }
}
