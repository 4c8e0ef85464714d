import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Seconds on an idle machine; a bound on a busy one. */
const LONG = { timeout: 240_000 };

/** Runs an example to its end, and what it prints; fails when it exits with anything but 0 or complains. */
async function run(example: string, ...args: string[]): Promise<string> {
  const flags = ['-C', 'tributary-source', '--import', 'tsx', `client/examples/${example}`];
  const program = await promisify(execFile)(process.execPath, [...flags, ...args], { cwd: ROOT });
  expect(program.stderr).toBe('');
  return program.stdout;
}

/** What the lesson shows under its sentences; one letter for an id, be it whole or as a number. */
function shown(output: string): string {
  const letters = new Map<string, string>();
  const letterOf = (number: string): string => {
    const letter = letters.get(number) ?? String.fromCharCode(65 + letters.size);
    letters.set(number, letter);
    return letter;
  };
  return output
    .split('\n\n')
    .map((step) => step.trim().split('\n').slice(1).join('\n'))
    .join('\n\n')
    .replaceAll(/(?<=^|')[\w-]{22}(?=$|')/gm, firstBits)
    .replaceAll(/(?<=:)\d{3,}|(?<=^|')\d+(?=$|')/gm, letterOf);
}

/** The first 36 bits of an id, as a decimal number. */
function firstBits(id: string): string {
  return String(Buffer.from(`${id.slice(0, 6)}AA`, 'base64url').readUIntBE(0, 6) / 2 ** 12);
}

const lesson = (bob: string): string => `Tensor
    [2, 4, 6, 8, 10]

<VirtualWorker id:me #objects:0>

Map(0) {}

Map(1) {
  'A' => {
    shape: [ 5 ],
    dtype: 'int32',
    tags: [],
    description: '',
    isPrivate: false
  }
}

(Wrapper)>[PointerTensor | me:B -> bob:A]

(Wrapper)>[PointerTensor | me:C -> bob:D]
Tensor
    [2, 4, 6, 8, 10]

${bob}
true

B
A

<VirtualWorker id:me #objects:0>

Tensor
    [1, 2, 3, 4, 5]

Map(0) {}

(Wrapper)>[MultiPointerTensor]
\t-> (Wrapper)>[PointerTensor | me:E -> bob:F]
\t-> (Wrapper)>[PointerTensor | me:G -> alice:H]

{
  bob: (Wrapper)>[PointerTensor | me:E -> bob:F],
  alice: (Wrapper)>[PointerTensor | me:G -> alice:H]
}

Tensor
    [1, 2, 3, 4, 5]
Tensor
    [1, 2, 3, 4, 5]

Tensor
    [2, 4, 6, 8, 10]`;

/** Losses and model after the steps; the same bits at every kind of worker. */
const ALONE = '2.0000 0.5600 0.2432 0.1372 0.0849 0.0538 0.0344 0.0220 0.0141 0.0090';
const ROUND_1 = 'bob 2.0000 0.0400 0.0208 0.0172  alice 0.0000 0.0000 0.0000 0.0000';
const ROUND_20 = 'bob 0.0030 0.0000 0.0000 0.0000  alice 0.0022 0.0007 0.0003 0.0002';

const AVERAGING = `round 1  loss at bob 0.4563, at alice 0.6138  80 of 90 right
round 2  loss at bob 0.2546, at alice 0.5795  77 of 90 right
round 3  loss at bob 0.3184, at alice 0.2920  82 of 90 right
round 4  loss at bob 0.2957, at alice 0.1229  79 of 90 right
round 5  loss at bob 0.3323, at alice 0.1490  84 of 90 right
`;

const FLAGS: readonly (readonly [string, readonly string[], string])[] = [
  ['virtual workers', [], '<VirtualWorker id:bob #objects:1>'],
  [
    'Lambda workers',
    ['--lambda'],
    '<LambdaWorker id:bob function:tributary-federation-worker-bob>',
  ],
];

test.each(FLAGS)('the lesson shows what it promises with %s', LONG, async (_, flags, bob) => {
  expect(shown(await run('01-remote-tensors.ts', ...flags))).toBe(lesson(bob));
});

test.each(FLAGS)(
  'two people train a line that neither could find alone with %s',
  LONG,
  async (_, flags) => {
    const output = await run('02-federated-linear-regression.ts', ...flags);
    expect(output).toContain(ALONE);
    expect(output).toContain(`round  1  ${ROUND_1}`);
    expect(output).toContain(`round 20  ${ROUND_20}`);
    expect(output).toContain('w = -0.0075 0.9375, b = 0.0325');
  },
);

test.each(FLAGS)(
  'two people train a network that a third averages with %s',
  LONG,
  async (_, flags) => {
    expect(await run('03-federated-averaging.ts', ...flags)).toBe(AVERAGING);
  },
);

test('an option that is not understood is named, and the exit code is 2', LONG, async () => {
  await expect(run('01-remote-tensors.ts', '--lamda')).rejects.toMatchObject({
    code: 2,
    stderr: "Unknown option '--lamda'. The only option is --lambda\n",
  });
});
