/** Roles of tensors that only their model's architecture tells. */
import type { Json, TensorRole, TrainingPlan } from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { checkPlan } from './build-plan.ts';
import type { ModelInput } from './model-input.ts';

type Roles = Readonly<Record<string, TensorRole>>;

/**
 * Finds the roles that a plan's architecture, a topology of Keras or TensorFlow.js, tells of weights without
 * a role, such as those of a file. Roles that the input states are left out; an architecture of another
 * kind, or one that does not build, tells nothing.
 *
 * @param plan - What `buildPlan` made of `input`: where nothing is told, names have decided.
 * @param input - Read before this returns its promise.
 */
export async function rolesByArchitecture(
  { architecture, tensors }: TrainingPlan,
  { weights, plan: { roles = {} } = {} }: ModelInput,
): Promise<Roles> {
  const isStated = (name: string) => hasOwn(roles, name) || weights[name]?.role !== undefined;
  const unknown = tensors.map(({ name }) => name).filter((name) => !isStated(name));
  if (unknown.length === 0 || !isTopology(architecture)) return {};

  const told = await rolesOf(architecture);
  const found = unknown.flatMap((name) => (hasOwn(told, name) ? [[name, told[name]]] : []));
  return Object.fromEntries(found);
}

/** A checked plan with other roles, by tensor name. @throws {@link ObjectInvalidError} as `buildPlan` */
export function withRoles(plan: TrainingPlan, roles: Roles): TrainingPlan {
  const tensors = plan.tensors.map((spec) => {
    const role = hasOwn(roles, spec.name) ? roles[spec.name] : undefined;
    return role === undefined ? spec : { ...spec, role };
  });
  return checkPlan({ ...plan, tensors });
}

/** True for a topology of Keras or TensorFlow.js, which is read by building its model. */
export function isTopology(architecture: Json): boolean {
  const isObject = typeof architecture === 'object' && architecture !== null;
  return isObject && hasOwn(architecture, 'class_name') && hasOwn(architecture, 'config');
}

/** TensorFlow.js is loaded for a topology only. */
async function rolesOf(architecture: Json): Promise<Roles> {
  try {
    const { rolesOfArchitecture } = await import('../tfjs/architecture-roles.ts');
    return await rolesOfArchitecture(architecture);
  } catch {
    return {};
  }
}
