const PROXY_NAMES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

/**
 * Keeps this process's requests to the local cloud out of the proxies that its environment names.
 *
 * @param environment - Variables, mutated.
 * @returns Puts the variable back as it was.
 */
export function spareLoopback(
  environment: Record<string, string | undefined> = process.env,
): () => void {
  if (!PROXY_NAMES.some((name) => environment[name])) return () => undefined;
  const name = environment['no_proxy'] ? 'no_proxy' : 'NO_PROXY';
  const before = environment[name];
  const others = before ? [before] : [];
  environment[name] = [...others, '127.0.0.1', 'localhost'].join(',');
  return () => {
    if (before === undefined) delete environment[name];
    else environment[name] = before;
  };
}
