/** Requests byte by byte, over TLS where the URL says so. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

/** A request of Node's own kind, of which a test may send as much as it likes. */
export function openRequest(
  url: string,
  options: http.RequestOptions,
  onAnswer?: (answer: http.IncomingMessage) => void,
): http.ClientRequest {
  return url.startsWith('https:')
    ? https.request(url, options, onAnswer)
    : http.request(url, options, onAnswer);
}

/** A socket to a URL's host, for what no HTTP client would send. */
export function openSocket(
  { protocol, port, hostname: host }: URL,
  onOpen: () => void,
): net.Socket {
  const target = { host, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
  return protocol === 'https:' ? tls.connect(target, onOpen) : net.connect(target, onOpen);
}
