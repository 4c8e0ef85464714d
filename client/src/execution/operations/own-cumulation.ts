/** Cumulations, whose negative axes tfjs takes and makes nonsense of. */
import type { OwnOperation } from './own-operation.ts';

const cumulation: OwnOperation = {
  amend: ({ attributes, specOf }) => {
    const axis = Number(attributes['axis'] ?? 0);
    return { ...attributes, axis: axis < 0 ? axis + specOf(0).shape.length : axis };
  },
};

/** Operations by name. */
export const OWN_CUMULATION: Readonly<Record<string, OwnOperation>> = {
  cumprod: cumulation,
  cumsum: cumulation,
};
