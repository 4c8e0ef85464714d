/**
 * Makes this process's AWS SDK speak to one cloud only: a profile, session or endpoint of the user's
 * own would otherwise win over it.
 *
 * @returns Puts the variables back as they were.
 */
export function enterAwsEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'));
  clear();
  Object.assign(process.env, variables, NO_WARNING);
  return () => {
    clear();
    Object.assign(process.env, Object.fromEntries(before));
  };
}

/** The SDK's note on Node's life cycle is for whoever maintains a program, not for who runs it. */
const NO_WARNING = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

function clear(): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_')) delete process.env[name];
  }
}
