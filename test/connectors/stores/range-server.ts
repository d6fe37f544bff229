/** A file server on the loopback with range requests, which counts what it sends and misbehaves on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What one request asked for. */
export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers instead of the file where it returns true. `count`: of the request, from 1. */
export type Intervention = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

/** Serves `content` under every path. */
export class RangeServer {
  content: Uint8Array;
  etag: string | undefined = '"one"';
  intervene: Intervention = () => false;
  readonly requests: SeenRequest[] = [];
  bytesSent = 0;
  readonly #server: Server;

  private constructor(content: Uint8Array) {
    this.content = content;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(content: Uint8Array): Promise<RangeServer> {
    const server = new RangeServer(content);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** `http://127.0.0.1:PORT`. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { range, authorization } = request.headers;
    const ifRange = request.headers['if-range'];
    this.requests.push({
      path: request.url ?? '',
      range,
      ifRange: typeof ifRange === 'string' ? ifRange : undefined,
      authorization,
    });
    if (this.intervene(request, response, this.requests.length)) return;
    if (this.etag !== undefined) response.setHeader('etag', this.etag);
    const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
    const isStale = ifRange !== undefined && ifRange !== this.etag;
    if (match === null || isStale) {
      this.#send(response, 200, this.content);
      return;
    }
    const start = Number(match[1]);
    const end = Math.min(Number(match[2]) + 1, this.content.length);
    if (start >= this.content.length) {
      response.writeHead(416, { 'content-range': `bytes */${this.content.length}` }).end();
      return;
    }
    response.setHeader('content-range', `bytes ${start}-${end - 1}/${this.content.length}`);
    this.#send(response, 206, this.content.subarray(start, end));
  }

  #send(response: ServerResponse, status: number, body: Uint8Array): void {
    this.bytesSent += body.length;
    response.writeHead(status, { 'content-length': body.length }).end(body);
  }
}
