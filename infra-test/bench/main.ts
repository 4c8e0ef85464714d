/** `npm run bench`: what the aggregator costs, in bytes a second and in memory. */
import { benchKernel } from './kernel.ts';
import { benchMemory } from './memory.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await benchKernel(print);
print('');
await benchMemory(print);
