/** Host of a function URL on AWS: `{id}.lambda-url.{region}.on.aws`. */
const AWS_HOST = /^([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws$/;

/**
 * A function URL as this machine can reach it: emulators may tell the host that AWS would, and serve
 * the function under a path of their own endpoint.
 *
 * @param endpoint - The emulator's; undefined on AWS.
 */
export function reachableUrl(url: string, endpoint: string | undefined): string {
  const [, id] = AWS_HOST.exec(new URL(url).hostname) ?? [];
  if (endpoint === undefined || id === undefined) return url;
  return `${endpoint}/_aws/lambda-url/${id}/`;
}
