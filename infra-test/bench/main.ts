/** `npm run bench`: what the aggregator costs, in bytes a second and in memory, and what pointers cost. */
import { benchKernel } from './kernel.ts';
import { benchMemory } from './memory.ts';
import { benchPointers } from './pointers.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

await benchKernel(print);
print('');
await benchPointers(print);
print('');
await benchMemory(print);
