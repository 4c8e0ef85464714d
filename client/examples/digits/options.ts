import { parseArgs } from 'node:util';

/** Strategies this example offers: all that a plan may name, as a test makes sure. */
export const STRATEGIES = ['fedavg', 'fedavgm'] as const;

/** One of {@link STRATEGIES}. */
export type StrategyName = (typeof STRATEGIES)[number];

/** What a run of the example is told. */
export interface DigitsOptions {
  /** Devices that hold the training images. */
  readonly devices: number;
  readonly rounds: number;
  /** Fixes sharding, initial weights, selection and training; the same seed gives the same bits. */
  readonly seed: number;
  readonly strategy: StrategyName;
  /** True spreads every digit over all devices; false gives each device two digit classes, or a few when devices are few. */
  readonly iid: boolean;
  /** Devices that take part in one round, 2 or more; at most `devices` and 200. */
  readonly clientsPerRound: number;
  /** Directory for the report and the exported model. */
  readonly output: string;
}

/** From so many devices on, shards are fine enough that none holds two digits. */
const TWO_DIGIT_DEVICES_MIN = 5;

/** Who has which images, in words. */
export function describeSplit({ devices, iid }: DigitsOptions): string {
  if (iid) return 'all digits on each';
  return devices < TWO_DIGIT_DEVICES_MIN ? 'few digits on each' : 'two digits on each';
}

/** What the command line asks for. */
export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: DigitsOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string };

/** Fewest devices: one of them sends NaNs, so another has to learn. */
const DEVICES_MIN = 2;

/** Most devices: sixty of MNIST's training images are left for each. */
const DEVICES_MAX = 1_000;

/** Most devices of one round: they share this process, and a round of so many takes a minute. */
const CLIENTS_MAX = 200;

const ROUNDS_MAX = 1_000;

/** Seeds are 32-bit, as the generators they feed. */
const SEED_MAX: number = 2 ** 32 - 1;

/** Text of `--help`. */
export const HELP = `Trains a digit classifier on real MNIST, spread over devices that never show their images,
on a local cloud that runs the same functions as a deployment to AWS.

Usage: npm start -- [options]

  --devices <n>            Devices that hold the training images, ${DEVICES_MIN} to ${DEVICES_MAX} (default 20)
  --rounds <n>             Rounds, 1 to ${ROUNDS_MAX} (default 10)
  --seed <n>               0 to ${SEED_MAX}; the same seed gives the same bits (default 1)
  --strategy <name>        ${STRATEGIES.join(' or ')} (default fedavg)
  --iid                    Spread all digits over all devices; without it each has two
                           (some more if there are fewer than ${TWO_DIGIT_DEVICES_MIN} devices)
  --clients-per-round <n>  Devices that take part in a round, ${DEVICES_MIN} to --devices, at most ${CLIENTS_MAX}
                           (default as many as possible)
  --output <directory>     For the report and the model (default .tributary/digits-<seed>)
  --help                   This text

A quick look: npm start -- --devices 6 --rounds 2`;

const OPTIONS = {
  devices: { type: 'string', default: '20' },
  rounds: { type: 'string', default: '10' },
  seed: { type: 'string', default: '1' },
  strategy: { type: 'string', default: 'fedavg' },
  iid: { type: 'boolean', default: false },
  'clients-per-round': { type: 'string' },
  output: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** A sentence about one wrong option. */
class InvalidOption extends Error {}

/** Reads the command line; says what was got and what is allowed where it is wrong. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({ args: joinValues(args), options: OPTIONS, strict: true });
    if (values.help) return { kind: 'help' };
    const devices = integer('devices', values.devices, { min: DEVICES_MIN, max: DEVICES_MAX });
    const seed = integer('seed', values.seed, { min: 0, max: SEED_MAX });
    const options: DigitsOptions = {
      devices,
      rounds: integer('rounds', values.rounds, { min: 1, max: ROUNDS_MAX }),
      seed,
      strategy: strategy(values.strategy),
      iid: values.iid,
      clientsPerRound: clients(values['clients-per-round'], devices),
      output: directory(values.output ?? `.tributary/digits-${seed}`),
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'invalid', message: messageOf(error) };
  }
}

/** Joins a value that begins with one dash to its option, so that it is judged as a value. */
function joinValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1) ?? '';
    if (/^--[a-z-]+$/.test(last) && /^-[^-]/.test(arg)) joined.splice(-1, 1, `${last}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

function integer(
  name: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidOption(
    `Option --${name} got ${JSON.stringify(text)}, expected whole numbers from ${min} to ${max}`,
  );
}

function clients(text: string | undefined, devices: number): number {
  const max = Math.min(devices, CLIENTS_MAX);
  return integer('clients-per-round', text ?? `${max}`, { min: DEVICES_MIN, max });
}

function strategy(text: string): StrategyName {
  const name = STRATEGIES.find((known) => known === text);
  if (name !== undefined) return name;
  throw new InvalidOption(
    `Option --strategy got ${JSON.stringify(text)}, expected ${STRATEGIES.join(' and ')}`,
  );
}

function directory(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidOption(
    `Option --output got ${JSON.stringify(text)}, expected the path of a directory`,
  );
}

function messageOf(error: unknown): string {
  if (error instanceof InvalidOption) return error.message;
  if (isParseError(error)) {
    const [said = ''] = error.message.split(/[.\n]/, 1);
    const sentence = said.replace('argument is ambiguous', 'has no value before the next option');
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    return `${sentence}; options are ${known.join(' ')}`;
  }
  throw error;
}

/** True for what `parseArgs` throws about the command line itself. */
function isParseError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_PARSE_ARGS_')
  );
}
