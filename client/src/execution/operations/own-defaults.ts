/** Operations that take a plain number as an element of what they make. */
import { checkHeld } from '../shapes/held-numbers.ts';
import type { OwnOperation } from './own-operation.ts';

/** Checks the default against the dtype of the values; both by their place among the tensors. */
const withDefault = (values: number, defaultValue: number): OwnOperation => ({
  check: ({ op, specOf, plainOf }) => {
    const value = plainOf(defaultValue);
    if (value === undefined) return;
    const { dtype } = specOf(values);
    checkHeld({ kernel: `Operation ${op}` }, { name: 'defaultValue', value, dtype });
  },
});

/** Operations by name. */
export const OWN_DEFAULTS: Readonly<Record<string, OwnOperation>> = {
  'sparse.sparseFillEmptyRows': withDefault(1, 3),
  sparseToDense: withDefault(1, 2),
};
