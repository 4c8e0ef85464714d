import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples } from '../arguments.ts';
import { usageError } from '../cli-error.ts';
import { type Config, checkConfig, readConfig, writeConfig } from '../config.ts';
import { configPath, type RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { readStackOutputs } from '../stack-outputs.ts';
import { fieldsText } from '../text.ts';

/** `init`: writes the configuration every other command reads. */
export function init(run: RunCommand): CommandUnknownOpts {
  return new Command('init')
    .description('Write tributary.json, which says where the federation is.')
    .option('--outputs <file>', 'stack outputs, as cdk deploy --outputs-file wrote them')
    .option('--stack <name>', 'the stack, where the outputs have several federations')
    .option('--coordinator-url <url>', "the coordinator's function URL, for devices")
    .option('--coordinator-function <name>', 'the coordinator function, for operators')
    .option('--force', 'replace a configuration of another federation')
    .addHelpText(
      'after',
      examples(
        'init --outputs cdk-outputs.json',
        'init --coordinator-function tributary-coordinator --region eu-central-1',
      ),
    )
    .action((options) =>
      run(async ({ globals, output }) => {
        const path = configPath(globals);
        const { region, endpoint } = globals;
        const config = await chooseConfig({ ...options, region, endpoint });
        if (options.force === undefined) await refuseOther(path, config);
        await writeConfig(path, config);
        const rows = Object.entries(config).map(([name, value]) => [name, String(value)] as const);
        output.answer({ path, config }, `${path} is written\n${fieldsText(rows)}`);
        return EXIT_CODES.success;
      }),
    );
}

interface InitOptions extends Config {
  readonly outputs?: string | undefined;
  readonly stack?: string | undefined;
}

/** Flags win over the stack's outputs. */
async function chooseConfig({ outputs, stack, ...flags }: InitOptions): Promise<Config> {
  if (stack !== undefined && outputs === undefined) {
    throw usageError(
      'Option --stack chooses from a file of outputs; give that with --outputs',
      'usage',
    );
  }
  const found = outputs === undefined ? {} : await readStackOutputs(outputs, stack);
  const pick = (name: keyof Config) => flags[name] ?? found[name];
  const config = checkConfig({
    coordinatorUrl: pick('coordinatorUrl'),
    coordinatorFunction: pick('coordinatorFunction'),
    region: pick('region'),
    endpoint: pick('endpoint'),
  });
  if (config.coordinatorUrl !== undefined || config.coordinatorFunction !== undefined) {
    return config;
  }
  throw usageError(
    'Nothing says where the federation is; give --outputs, --coordinator-url or --coordinator-function',
    'usage',
  );
}

/** A configuration is easily written anew, but whoever wrote another one may not notice. */
async function refuseOther(path: string, config: Config): Promise<void> {
  const there = await readConfig(path);
  if (there === undefined || JSON.stringify(there) === JSON.stringify(config)) return;
  throw usageError(
    `Configuration ${path} is there and names another federation; replace it with --force, or write another with --config`,
    'config-exists',
  );
}
