/** Runs the CDK's own commands, as a person would, against AWS or an emulator. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeploymentError } from '@tributary/client/protocol';
import { adaptTemplates } from './adapt-templates.ts';
import { allowEmptying } from './allow-emptying.ts';
import type { StackOutputs } from './stacks.ts';
import type { ClientTarget } from './target.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** The workspace that brings the CDK's own command. */
const cdkWorkspace = createRequire(new URL('../../../cdk/package.json', import.meta.url));

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Most output of one command, in bytes. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Context of the app: what `-c name=value` says. */
export type CdkContext = Readonly<Record<string, string>>;

/** Account of every emulator. */
const EMULATED_ACCOUNT = '000000000000';

/** Prepares the account for deployments. */
export async function bootstrap(target: ClientTarget): Promise<void> {
  const environment = `aws://${EMULATED_ACCOUNT}/${target.region}`;
  await cdk(target, ['bootstrap', ...(target.endpoint === undefined ? [] : [environment])]);
}

/** The app with its context, ready to be deployed; its folder lasts until it is closed. */
export interface SynthesizedApp {
  /** Deploys its one stack; answers the outputs. */
  deploy(): Promise<StackOutputs>;
  destroy(): Promise<void>;
  close(): Promise<void>;
}

/** Synthesizes the app. */
export async function synthesize(
  target: ClientTarget,
  context: CdkContext,
): Promise<SynthesizedApp> {
  const assembly = await mkdtemp(join(tmpdir(), 'tributary-cdk-'));
  const app = ['--all', '--app', assembly];
  await cdk(target, ['synth', '--quiet', '--output', assembly, ...contextOf(context)]);
  if (target.endpoint !== undefined) await adaptTemplates(assembly);
  return {
    async deploy() {
      const outputsFile = join(assembly, 'outputs.json');
      const yes = ['--require-approval', 'never', '--outputs-file', outputsFile];
      await cdk(target, ['deploy', ...app, ...yes]);
      const stacks: Record<string, StackOutputs> = JSON.parse(await readFile(outputsFile, 'utf8'));
      const outputs: StackOutputs = Object.assign({}, ...Object.values(stacks));
      if (target.endpoint !== undefined && context['removalPolicy'] === 'destroy') {
        await allowEmptying(target, outputs['BucketName']);
      }
      return outputs;
    },
    destroy: () => cdk(target, ['destroy', ...app, '--force']),
    close: () => rm(assembly, { recursive: true, force: true }),
  };
}

/**
 * @throws {@link DeploymentError} `cdk-failed` with what the command said.
 */
async function cdk(target: ClientTarget, words: readonly string[]): Promise<void> {
  const command =
    target.endpoint === undefined
      ? cdkWorkspace.resolve('aws-cdk/bin/cdk')
      : require.resolve('aws-cdk-local/bin/cdklocal');
  const quiet = ['--no-notices', '--no-version-reporting', '--ci'];
  // The CDK doesn't look for certificates where Node does.
  const certificate = process.env['NODE_EXTRA_CA_CERTS'];
  const trust = certificate === undefined ? [] : ['--ca-bundle-path', certificate];
  try {
    await run(process.execPath, [command, ...words, ...quiet, ...trust], {
      cwd: ROOT,
      env: environmentOf(target),
      maxBuffer: OUTPUT_BYTES_MAX,
    });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new DeploymentError(`cdk ${words[0]} failed:\n${stdout}${stderr}`, {
      code: 'cdk-failed',
      cause,
    });
  }
}

/** A profile or session of the user's own must not win over the target. */
function environmentOf({ endpoint, region, credentials }: ClientTarget): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    ...Object.fromEntries(inherited),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    // cdklocal wants the second beside the first.
    ...(endpoint === undefined
      ? {}
      : { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint }),
  };
}

function contextOf(context: CdkContext): string[] {
  return Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
}
