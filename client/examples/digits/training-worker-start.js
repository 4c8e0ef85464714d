// The loader that reads TypeScript doesn't reach worker threads on every supported Node, so this one
// file is JavaScript and starts the loader anew.
// biome-ignore lint/correctness/noUndeclaredDependencies: the loader this repository starts everything with, declared at its root
import { register } from 'tsx/esm/api';

register();
await import('./training-worker.ts');
