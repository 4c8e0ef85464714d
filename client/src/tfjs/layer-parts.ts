/** The layers and cells inside a layer: nested models, wrappers and recurrent layers. */

const PARTS = ['layers', 'layer', 'forwardLayer', 'backwardLayer', 'cell', 'cells'] as const;

/** What is directly inside `thing`; none for plain layers. */
export function partsOf(thing: object): object[] {
  return PARTS.flatMap((name) => {
    const part: unknown = Reflect.get(thing, name);
    return Array.isArray(part) ? part : [part];
  }).filter((part): part is object => typeof part === 'object' && part !== null);
}
