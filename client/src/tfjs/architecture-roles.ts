/** What a topology tells of its weights, where they come from elsewhere. */
import type { Json, TensorRole } from '../protocol/index.ts';
import { modelFromArchitecture } from './architecture.ts';
import { modelWeights } from './weight-names.ts';

/**
 * The role of each weight of the model that a topology describes, by name. The model is built for that
 * and disposed.
 *
 * @throws {@link TrainingFailedError} `architecture-invalid`
 */
export async function rolesOfArchitecture(
  architecture: Json,
): Promise<Readonly<Record<string, TensorRole>>> {
  const model = await modelFromArchitecture(architecture);
  try {
    return Object.fromEntries(modelWeights(model).map(({ name, role }) => [name, role]));
  } finally {
    model.dispose();
  }
}
