// The loader that reads TypeScript doesn't reach worker threads on every supported Node, so this one
// file is JavaScript and starts the loader anew.
import { register } from 'tsx/esm/api';

register();
await import('./training-worker.ts');
