import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A real HTTP proxy on loopback: it forwards plain http and opens tunnels for https. */
export class LoopbackProxy {
  /** What it was asked for, such as `GET http://127.0.0.1:80/x` or `CONNECT localhost:443`. */
  readonly seen: string[] = [];
  /** Header `proxy-authorization` that it wants; any will do when undefined. */
  wanted: string | undefined;
  /** Status of its answer to every CONNECT; undefined opens a tunnel. */
  tunnelStatus: number | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((incoming, answer) => this.#forward(incoming, answer));
  url = '';

  async start(): Promise<void> {
    this.#server.on('connection', (socket: Socket) => this.#sockets.add(socket));
    this.#server.on('connect', (incoming: IncomingMessage, socket: Socket) =>
      this.#tunnel(incoming, socket),
    );
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #lets({ headers }: IncomingMessage): boolean {
    return this.wanted === undefined || headers['proxy-authorization'] === this.wanted;
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse): void {
    this.seen.push(`${incoming.method} ${incoming.url}`);
    if (!this.#lets(incoming)) {
      answer.writeHead(407, { 'proxy-authenticate': 'Basic' }).end('<html>Who are you?');
      return;
    }
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = incoming.headers;
    const onward = request(incoming.url ?? '', { method: incoming.method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  }

  #tunnel(incoming: IncomingMessage, socket: Socket): void {
    this.seen.push(`CONNECT ${incoming.url}`);
    const status = this.#lets(incoming) ? this.tunnelStatus : 407;
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const [host = '', port] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    this.#sockets.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  }
}
