import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createDispatcher } from './dispatch.ts';
import type { FrontOptions, FrontRequest } from './front-options.ts';

/** Connections that may wait to be accepted; a round's devices all come at once. */
const BACKLOG = 4096;

/** Longer than any client keeps an idle connection, so that it is never closed under a request. */
const KEEP_ALIVE_MS = 120_000;

/** The HTTP server in front of the services. */
export interface Front {
  /** `http://127.0.0.1:{port}`. */
  readonly endpoint: string;
  /** Cuts every connection and stops listening. */
  close(): Promise<void>;
}

/** Starts the HTTP server on the loopback interface. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const dispatch = createDispatcher(options);
  const nextRequestId = createRequestIds();
  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const frontRequest = toFrontRequest(request, nextRequestId());
    const outcome = await dispatch(frontRequest);
    if (outcome === 'cut') {
      // The request itself may have ended; what must not be delivered is the answer.
      request.raw.socket.destroy();
      return reply.hijack();
    }
    const { requestId } = frontRequest;
    return reply
      .code(outcome.status)
      .headers({ 'x-amz-request-id': requestId, 'x-amzn-requestid': requestId })
      .headers(outcome.headers)
      .headers(outcome.cookies ? { 'set-cookie': [...outcome.cookies] } : {})
      .send(outcome.body);
  };
  const server = fastify({
    bodyLimit: Number.MAX_SAFE_INTEGER,
    forceCloseConnections: true,
    keepAliveTimeout: KEEP_ALIVE_MS,
    exposeHeadRoutes: false,
    // A path the router can't decode still gets the service's own error document.
    frameworkErrors: (_error, request, reply) => void serve(request, reply),
  });
  leaveBodiesUnread(server);
  server.all('*', serve);
  await server.listen({ port: options.port, host: '127.0.0.1', backlog: BACKLOG });
  const { port } = server.server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      await server.close();
    },
  };
}

/** Services stream bodies themselves; a HEAD or GET body stays unread. */
function leaveBodiesUnread(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/** Random over restarts, counted within one: cheap, and never twice the same. */
function createRequestIds(): () => string {
  const prefix = randomBytes(4).toString('hex').toUpperCase();
  let count = 0;
  return () => {
    count += 1;
    return prefix + count.toString(16).toUpperCase().padStart(8, '0');
  };
}

function toFrontRequest(request: FastifyRequest, requestId: string): FrontRequest {
  const url = request.raw.url ?? '/';
  const queryStart = url.indexOf('?');
  const rawQuery = queryStart < 0 ? '' : url.slice(queryStart + 1);
  return {
    requestId,
    method: request.method,
    path: queryStart < 0 ? url : url.slice(0, queryStart),
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: request.raw.headers,
    body: request.raw,
  };
}
