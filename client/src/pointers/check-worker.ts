import { isModelName } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { PointerMisuseError } from './misuse.ts';
import type { TensorHook } from './tensor-hook.ts';

/**
 * Checks what untyped code may give the constructor of a worker.
 *
 * @throws TypeError naming what is no hook, an unknown option, or no id.
 */
export function checkWorker<Options extends { readonly id: string }>(
  kind: string,
  given: { readonly hook: TensorHook; readonly options: Options },
  names: OptionNames<Options>,
): void {
  const hook: Partial<TensorHook> | undefined | null = given.hook;
  if (typeof hook?.sameWorker !== 'function') {
    throw new PointerMisuseError(
      `The first argument of ${kind} is ${describeValue(hook)}, expected a TensorHook; write new ${kind}(hook, { id: 'bob' })`,
    );
  }
  assertOptionNames(kind, given.options, names);
  const { id } = given.options;
  if (!isModelName(id)) {
    throw new PointerMisuseError(
      `Option id of ${kind} is ${describeValue(id)}, expected 1 to 64 of A–Z a–z 0–9 . _ -, beginning with a letter or digit; choose another`,
    );
  }
}
