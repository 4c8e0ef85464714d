import { deploy } from '../src/cli/deploy.ts';

const terminal = { input: process.stdin, output: process.stdout };
process.exitCode = await deploy(process.argv.slice(2), { terminal });
