/**
 * A function URL as this machine can reach it. MiniStack gives each a host name of its own below
 * `localhost`, which few systems resolve, and serves the same function under a path.
 *
 * @param endpoint - The emulator's; undefined on AWS.
 */
export function reachableUrl(url: string, endpoint: string | undefined): string {
  const { hostname } = new URL(url);
  if (endpoint === undefined || !hostname.endsWith('.localhost')) return url;
  const [id] = hostname.split('.');
  return `${endpoint}/_aws/lambda-url/${id}/`;
}
