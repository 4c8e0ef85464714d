import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWeights } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { COMMAND_TIMEOUT_MS, jsonOf, testFolder, tributary } from './support/command.ts';

const LONG = { timeout: COMMAND_TIMEOUT_MS };
const URL_FLAG = ['--coordinator-url', 'https://coordinator.test/'];

const ROUND = ['--goal', '2', '--minimum', '1', '--deadline-seconds', '60'];

describe('A command line that is not understood', () => {
  it.each([
    [
      ['modle', 'list'],
      /^Unknown command 'modle'; did you mean model\? Commands are init, model, /m,
    ],
    [['round'], /^Command tributary round needs one more word; commands are start, watch, /m],
    [['model', 'show'], /^Missing required argument 'model'; see npx tributary model show --help/m],
    [['model', 'show', 'm', '--jsom'], /^Unknown option '--jsom'; did you mean --json\? See /m],
    [['model', 'show', 'no such'], /'no such' is invalid.*Expected 1 to 64 of A-Z/],
    [['model', 'show', 'm', 'n'], /^Too many arguments/m],
    [['model', 'export', 'm', '--format', 'onnx'], /Allowed choices are safetensors, tfjs/],
    [['round', 'start', 'm', '--goal', '2.5'], /'2.5' is invalid.*Expected a whole number from 1/],
    [
      ['round', 'start', 'm', '--gaol', '2'],
      /^Unknown option '--gaol'; did you mean --goal\? See /m,
    ],
    [['device', 'run', 'm', '--tokenfile=t'], /^Unknown option '--tokenfile=t'; did you mean /m],
    [
      ['round', 'start', 'm', ...ROUND, '--rounds', '2', '--continuous', '--gaol', '2'],
      /^Unknown option '--gaol'/m,
    ],
    [
      ['round', 'start', 'm', '--goal', '2', '--', '--gaol'],
      /^Required option '--minimum <n>' not specified/m,
    ],
    [
      ['round', 'start', 'm', ...ROUND, '--rounds', '2', '--continuous'],
      /'--continuous' cannot be used with option '--rounds <n>'/,
    ],
  ])('%j has exit code 2 and says what is allowed', LONG, async (parameters, sentence) => {
    const refused = await tributary(await testFolder(), ...parameters);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toMatch(sentence);
    expect(refused.stderr).toMatch(/ \(usage\)\n$/);
  });

  it('is one JSON value on stdout with --json', LONG, async () => {
    const refused = await tributary(await testFolder(), 'round', 'watch', '--json');
    expect(refused.exitCode).toBe(2);
    expect(jsonOf(refused)).toMatchObject({ error: { code: 'usage' } });
  });
});

describe('Help and version', () => {
  it('lists commands and exit codes, exit code 0', LONG, async () => {
    const { exitCode, stdout, stderr } = await tributary(await testFolder(), '--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/ {2}round .*\n/);
    expect(stdout).toMatch(/ {2}130 {2}ended by Ctrl-C/);
    expect(stdout).not.toContain('complete-words');
  });

  it('of a command shows examples and the options every command takes', LONG, async () => {
    const { stdout } = await tributary(await testFolder(), 'device', 'run', '--help');
    expect(stdout).toContain('$ npx tributary device run digits --data ./data');
    expect(stdout).toContain('--timeout-seconds <n>');
  });

  it('--version prints the version, wherever it is no option of the command', LONG, async () => {
    const { stdout } = await tributary(await testFolder(), '--version');
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('Configuration', () => {
  it('that is missing is named with the command that writes it, exit code 2', LONG, async () => {
    const refused = await tributary(await testFolder(), 'status', '--json');
    expect(refused.exitCode).toBe(2);
    expect(jsonOf(refused)).toMatchObject({ error: { code: 'config-missing' } });
    expect(refused.stderr).toContain('npx tributary init --outputs cdk-outputs.json');
  });

  it('of devices alone does not serve operators', LONG, async () => {
    const folder = await testFolder();
    await tributary(folder, 'init', ...URL_FLAG);
    const refused = await tributary(folder, 'status');
    expect(refused.stderr).toContain('tributary.json has no coordinatorFunction');
  });

  it('with a misspelt member is refused by its name', LONG, async () => {
    const folder = await testFolder({ 'other.json': '{"coordinatorURL":"https://a.test"}' });
    const refused = await tributary(folder, 'status', '--config', 'other.json');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(
      /configuration other\.json: .*coordinatorURL.*\(json-invalid\)/i,
    );
  });

  it('of a profile that does not exist reaches nobody, exit code 4', LONG, async () => {
    const folder = await testFolder();
    await tributary(folder, 'init', '--coordinator-function', 'f', '--region', 'eu-west-1');
    const refused = await tributary(folder, 'status', '--profile', 'no-such-profile', '--json');
    expect(refused.exitCode).toBe(4);
    expect(jsonOf(refused)).toMatchObject({
      error: { code: 'invoke-refused', detail: { name: 'CredentialsProviderError' } },
    });
  });
});

describe('init', () => {
  const stack = (url: string) => ({ CoordinatorUrl: url, CoordinatorFunctionName: 'f' });
  const outputs = JSON.stringify({ A: stack('https://a.test/'), B: stack('https://b.test/') });

  it('keeps what flags and the outputs of the chosen stack say, flags first', LONG, async () => {
    const folder = await testFolder({ 'outputs.json': outputs });
    const from = ['--outputs', 'outputs.json', '--stack', 'B'];
    const made = await tributary(folder, 'init', ...from, '--region', 'eu-west-1', '--json');
    const config = {
      coordinatorUrl: 'https://b.test/',
      coordinatorFunction: 'f',
      region: 'eu-west-1',
    };
    expect(jsonOf(made)).toEqual({ path: 'tributary.json', config });
  });

  it('does not guess between stacks', LONG, async () => {
    const folder = await testFolder({ 'outputs.json': outputs });
    const refused = await tributary(folder, 'init', '--outputs', 'outputs.json');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('federations: A, B; expected one');
  });

  it('replaces a configuration of another federation only with --force', LONG, async () => {
    const folder = await testFolder();
    const other = ['--coordinator-url', 'https://other.test/'];
    expect((await tributary(folder, 'init', ...URL_FLAG)).exitCode).toBe(0);
    expect((await tributary(folder, 'init', ...URL_FLAG)).exitCode).toBe(0);
    const refused = await tributary(folder, 'init', ...other);
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain('(config-exists)');
    expect((await tributary(folder, 'init', ...other, '--force')).exitCode).toBe(0);
    const written = JSON.parse(await readFile(join(folder, 'tributary.json'), 'utf8'));
    expect(written).toEqual({ coordinatorUrl: 'https://other.test/' });
  });

  it.each([
    [[], /give --outputs, --coordinator-url or --coordinator-function/],
    [
      ['--coordinator-url', 'coordinator.test'],
      /Tributary.json, field coordinatorUrl: got "coordinator.test", expected an http or https URL/,
    ],
    [['--outputs', 'none.json'], /File none\.json can't be read \(ENOENT/],
    [['--stack', 'A'], /give that with --outputs/],
  ])('%j is refused, exit code 2', LONG, async (parameters, sentence) => {
    const refused = await tributary(await testFolder(), 'init', ...parameters);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toMatch(sentence);
  });
});

describe('Input files', () => {
  const create = async (files: Record<string, string>, ...parameters: string[]) =>
    tributary(await testFolder(files), 'model', 'create', 'm', ...parameters);

  it.each([
    [['--plan', 'plan.json', '--weights', 'w'], '{"trainning":{}}', /trainning.*\(json-invalid\)/],
    [
      ['--plan', 'plan.json', '--weights', 'w'],
      '{',
      /plan\.json is not JSON in UTF-8, expected one JSON object; correct it \(json-malformed\)/,
    ],
    [['--weights', 'plan.json'], '{"a":1}', /\(header-/],
    [['--weights', 'none.safetensors'], '', /none\.safetensors can't be read.*\(file-unreadable\)/],
    [['--plan', 'plan.json'], '{}', /give --weights model\.safetensors, or --tfjs/],
  ])('%j with %s are refused, exit code 2', LONG, async (parameters, content, sentence) => {
    const refused = await create({ 'plan.json': content }, ...parameters);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toMatch(sentence);
  });

  it('a topology beside a weights file is read without a greeting of tfjs', LONG, async () => {
    const config = { name: 'd', units: 1, batch_input_shape: [null, 1] };
    const layers = [{ class_name: 'Dense', config }];
    const architecture = { class_name: 'Sequential', config: { layers } };
    const folder = await testFolder({ 'plan.json': JSON.stringify({ architecture }) });
    const bytes = encodeWeights({
      'd/kernel': { dtype: 'F32', shape: [1, 1], data: Float32Array.of(1) },
      'd/bias': { dtype: 'F32', shape: [1], data: Float32Array.of(0) },
    });
    await writeFile(join(folder, 'd.safetensors'), bytes);

    const files = ['--plan', 'plan.json', '--weights', 'd.safetensors'];
    const { stderr } = await tributary(folder, 'model', 'create', 'm', ...files);
    // All of it: the files were read, and there is no federation to send them to.
    expect(stderr).toMatch(/^There is no configuration [^\n]*\(config-missing\)\n$/);
  });

  it('settings of a round that contradict each other are refused, exit code 2', LONG, async () => {
    const settings = ['--goal', '2', '--minimum', '2', '--deadline-seconds', '60'];
    const refused = await tributary(await testFolder(), 'round', 'start', 'm', ...settings);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('(minimum-not-below-goal)');
  });
});

describe('A training script', () => {
  const esm = 'export const train = () => ({});';
  it.each([
    ['train.ts', `interface Reading { readonly at: number }\n${esm}`],
    ['train.mts', 'export default (): (() => object) => () => ({});'],
    ['train.js', esm],
    ['train.mjs', esm],
    ['train.cjs', 'exports.train = () => ({});'],
  ])('may be %s in a folder without a package', LONG, async (script, source) => {
    const folder = await testFolder({ [script]: source });
    await tributary(folder, 'init', ...URL_FLAG);
    const options = ['--data', '.', '--train', script, '--device-id', 'ada'];
    const asked = await tributary(folder, 'device', 'run', 'm', ...options, '--token-file', 'none');
    // Loaded, it goes on to the token, which is missing on purpose.
    expect(asked.stderr).toMatch(/^Token file none can't be read .*\(token-unavailable\)$/m);
  });
});
