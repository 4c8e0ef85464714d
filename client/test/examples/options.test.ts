import { STRATEGIES as KNOWN } from '@tributary/lambdas';
import { expect, test } from 'vitest';
import { describeSplit, HELP, parseOptions, STRATEGIES } from '../../examples/digits/options.ts';

const messageOf = (...args: string[]) => {
  const parsed = parseOptions(args);
  return parsed.kind === 'invalid' ? parsed.message : parsed.kind;
};

test('without options it is twenty devices, ten rounds, seed 1, FedAvg, two digits each', () => {
  expect(parseOptions([])).toEqual({
    kind: 'run',
    options: {
      devices: 20,
      rounds: 10,
      seed: 1,
      strategy: 'fedavg',
      iid: false,
      clientsPerRound: 20,
      output: '.tributary/digits-1',
    },
  });
});

test('every option is read', () => {
  const args =
    '--devices 30 --rounds=3 --seed 7 --strategy fedavgm --iid --clients-per-round 5 --output out';
  expect(parseOptions(args.split(' '))).toEqual({
    kind: 'run',
    options: {
      devices: 30,
      rounds: 3,
      seed: 7,
      strategy: 'fedavgm',
      iid: true,
      clientsPerRound: 5,
      output: 'out',
    },
  });
});

test('clients per round and output follow devices and seed', () => {
  expect(parseOptions(['--devices', '4', '--seed', '9'])).toMatchObject({
    options: { clientsPerRound: 4, output: '.tributary/digits-9' },
  });
  expect(parseOptions(['--devices', '1000'])).toMatchObject({ options: { clientsPerRound: 200 } });
});

test.each([
  ['--devices', '1', 'Option --devices got "1", expected whole numbers from 2 to 1000'],
  ['--devices', '2.5', 'Option --devices got "2.5", expected whole numbers from 2 to 1000'],
  ['--devices', '', 'Option --devices got "", expected whole numbers from 2 to 1000'],
  ['--rounds', '0', 'Option --rounds got "0", expected whole numbers from 1 to 1000'],
  ['--rounds', 'ten', 'Option --rounds got "ten", expected whole numbers from 1 to 1000'],
  ['--seed', '1e3', 'Option --seed got "1e3", expected whole numbers from 0 to 4294967295'],
  [
    '--seed',
    '4294967296',
    'Option --seed got "4294967296", expected whole numbers from 0 to 4294967295',
  ],
  ['--strategy', 'FedAvg', 'Option --strategy got "FedAvg", expected fedavg and fedavgm'],
  [
    '--clients-per-round',
    '21',
    'Option --clients-per-round got "21", expected whole numbers from 2 to 20',
  ],
  ['--output', ' ', 'Option --output got " ", expected the path of a directory'],
])('%s %s is refused with what was got and what is allowed', (name, value, message) => {
  expect(messageOf(`${name}=${value}`)).toBe(message);
});

test.each(['--devices', '--rounds', '--seed', '--clients-per-round'])(
  '%s with a negative number is refused like one that is too small, joined or not',
  (name) => {
    const message = messageOf(name, '-1');
    expect(message).toMatch(
      new RegExp(`^Option ${name} got "-1", expected whole numbers from [0-9]+ to [0-9]+$`),
    );
    expect(messageOf(`${name}=-1`)).toBe(message);
  },
);

test('unknown options, stray words and missing values name every option there is', () => {
  for (const args of [
    ['--device', '4'],
    ['digits'],
    ['--seed'],
    ['--iid=yes'],
    ['--seed', '--iid'],
  ]) {
    expect(messageOf(...args)).toMatch(/; options are --devices --rounds .*--help$/);
  }
});

test('a value may begin with a dash, and one that is missing before an option is called so', () => {
  expect(parseOptions(['--output', '-x'])).toMatchObject({ options: { output: '-x' } });
  expect(messageOf('--seed', '--iid')).toMatch(
    /^Option '--seed' has no value before the next option;/,
  );
});

test('help wins over everything else and lists every option', () => {
  expect(messageOf('--help', '--devices', '0')).toBe('help');
  for (const name of [
    'devices',
    'rounds',
    'seed',
    'strategy',
    'iid',
    'clients-per-round',
    'output',
  ]) {
    expect(HELP).toContain(`--${name}`);
  }
});

test('the split is put in words that hold for few devices too', () => {
  const split = (...args: string[]) => {
    const parsed = parseOptions(args);
    return parsed.kind === 'run' ? describeSplit(parsed.options) : parsed.kind;
  };
  expect(split()).toBe('two digits on each');
  expect(split('--devices', '4')).toBe('few digits on each');
  expect(split('--devices', '4', '--iid')).toBe('all digits on each');
});

test('every strategy that a plan may name is offered', () => {
  expect([...STRATEGIES]).toEqual(KNOWN.map(({ name }) => name));
});
