import type { MultiPointerTensor } from './multi-pointer-tensor.ts';
import { printedId } from './object-id.ts';
import type { PointerTensor } from './pointer-tensor.ts';

/** Has Node print objects of a class by their `toString`: what they hold is large, or not here. */
export function printsAsText(kind: abstract new (...args: never) => object): void {
  Object.defineProperty(kind.prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: object): string {
      return String(this);
    },
  });
}

/** `[PointerTensor | me:1 -> bob:2]`, with tags, shape and description where there are any. */
export function printPointer(pointer: PointerTensor<unknown>): string {
  const { owner, location, tags, description } = pointer;
  const from = `${owner.id}:${printedId(pointer.id)}`;
  const to = `${location.id}:${printedId(pointer.idAtLocation)}`;
  const lines = [`(Wrapper)>[PointerTensor | ${from} -> ${to}]`];
  if (tags.length > 0) {
    lines.push(
      `\tTags: ${tags.map((tag) => `${tag} `).join('')}`,
      `\tShape: [${pointer.shape?.join(',') ?? '?'}]`,
    );
  }
  if (description !== '') lines.push(`\tDescription: ${description.split('\n', 1)[0]}...`);
  return lines.join('\n');
}

/** `[MultiPointerTensor]` and under it each of its pointers. */
export function printMultiPointer(pointers: MultiPointerTensor<unknown>): string {
  const lines = pointers.parts.map((pointer) => `\t-> ${String(pointer).replaceAll('\n', '\n\t')}`);
  return ['(Wrapper)>[MultiPointerTensor]', ...lines].join('\n');
}
