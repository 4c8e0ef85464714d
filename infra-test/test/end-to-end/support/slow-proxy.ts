import { createServer, request as sendPlain } from 'node:http';
import { request as sendEncrypted } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A way to the cloud that can be slow. */
export interface SlowProxy {
  readonly endpoint: string;
  /** Holds back the answers to the next requests, by so many milliseconds each. */
  delay(...ms: readonly number[]): void;
  /** Requests that were passed on. */
  readonly requestCount: () => number;
  close(): Promise<void>;
}

/** Passes requests on as they come, signatures and all, and answers when it likes. */
export async function startSlowProxy(target: string): Promise<SlowProxy> {
  const { protocol, hostname, port } = new URL(target);
  const sendRequest = protocol === 'https:' ? sendEncrypted : sendPlain;
  const delays: number[] = [];
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    count += 1;
    const delayMs = delays.shift() ?? 0;
    const { method, url: path, headers } = incoming;
    const onward = sendRequest({ hostname, port, method, path, headers }, (answer) => {
      setTimeout(() => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      }, delayMs);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delay: (...ms) => {
      delays.push(...ms);
    },
    requestCount: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
