/** Resolves the workspaces to their sources, as `node --conditions tributary-source` does. */
export function resolve(specifier, context, nextResolve) {
  const conditions = [...context.conditions, 'tributary-source'];
  return nextResolve(specifier, { ...context, conditions });
}
