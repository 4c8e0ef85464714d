import { benchMemory } from './memory.ts';

await benchMemory((l) => console.log(l));
