import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a path is answered with. */
export interface PageFile {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Serves pages on a port of their own, which is an origin of its own. */
export interface PageServer {
  /** Port on 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts a server of files.
 *
 * @param fileAt - Gives the file at a path, `undefined` where there is none.
 */
export async function servePages(
  fileAt: (path: string) => PageFile | undefined | Promise<PageFile | undefined>,
): Promise<PageServer> {
  const listener: RequestListener = async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = await fileAt(pathname);
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': file?.type ?? 'text/plain',
    });
    response.end(file?.body ?? 'not found');
  };
  const server = createServer((request, response) => void listener(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
