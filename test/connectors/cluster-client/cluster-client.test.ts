/**
 * The client against a server that misbehaves in ways that a real API server cannot be made to: answers that break off, refusals on
 * demand, compressed and slow bodies, a proxy in between.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  openClusterClient,
  type ClusterClient,
  type ClusterClientOptions,
} from '../../../src/connectors/cluster-client/index.ts';
import { CancelledError, ConnectorError } from '../../../src/errors.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

describe('cluster client', function () {
  this.timeout(20_000);
  let directory: string;
  let server: Server;
  let requests: IncomingMessage[];
  let handler: Handler;
  const clients: ClusterClient[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'k8s-client-'));
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      request.resume();
      request.on('end', () => handler(request, response, requests.length));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });

  function url(): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function open(
    options: ClusterClientOptions = {},
    cluster: Record<string, unknown> = {},
    user: unknown = {},
  ): Promise<ClusterClient> {
    const kubeconfig = path.join(directory, 'kubeconfig');
    const config = {
      clusters: [{ name: 'c', cluster: { server: url(), ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    await writeFile(kubeconfig, JSON.stringify(config));
    const client = await openClusterClient({ kubeconfig, ...options });
    clients.push(client);
    return client;
  }

  it('keeps the path of the server and sends what it is given', async () => {
    handler = (request, response) =>
      response.end(JSON.stringify({ url: request.url, method: request.method }));
    const client = await open(
      { impersonate: { user: 'jane', groups: ['a', 'b'] } },
      { server: `${url()}/k8s/clusters/c-1/` },
    );
    assert.deepEqual(await client.json({ path: '/api/v1/pods?limit=1' }), {
      url: '/k8s/clusters/c-1/api/v1/pods?limit=1',
      method: 'GET',
    });
    assert.equal(requests[0]?.headers['impersonate-user'], 'jane');
    assert.deepEqual(requests[0].headersDistinct['impersonate-group'], ['a', 'b']);
    assert.equal(client.server, `${url()}/k8s/clusters/c-1/`.replace(/\/$/, ''));
  });

  it('reads compressed answers', async () => {
    handler = (_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('{"a":1}'));
    };
    assert.deepEqual(await (await open()).json({ path: '/x' }), { a: 1 });
  });

  it('obeys Retry-After, also for a POST that the server did not act on', async () => {
    handler = (_, response, count) => {
      response.statusCode = count === 1 ? 429 : 201;
      response.setHeader('retry-after', '1');
      response.end('{}');
    };
    await (await open()).text({ method: 'POST', path: '/x', body: '{}' });
    assert.equal(requests.length, 2);
  });

  it('repeats a GET whose connection breaks, and not a POST', async () => {
    handler = (request, response, count) => {
      if (count === 1 || request.method === 'POST') request.socket.destroy();
      else response.end('{}');
    };
    const client = await open();
    await client.text({ path: '/x' });
    assert.equal(requests.length, 2);
    await assert.rejects(client.text({ method: 'POST', path: '/x', body: '{}' }), {
      code: 'CONNECTOR_UNREACHABLE',
      retryable: true,
    });
    assert.equal(requests.length, 3);
  });

  it('says that an answer broke off so that it can be asked for again', async () => {
    handler = (request, response) => {
      response.write('{"items":[');
      setTimeout(() => request.socket.destroy(), 20);
    };
    await assert.rejects((await open()).text({ path: '/x' }), {
      code: 'CONNECTOR_UNREACHABLE',
      retryable: true,
    });
  });

  it('gets new credentials once for all requests that a 401 met', async () => {
    const tokenFile = path.join(directory, 'token');
    await writeFile(tokenFile, 'old');
    handler = (request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer new' ? 200 : 401;
      response.end('{}');
    };
    const client = await open({}, {}, { tokenFile });
    await writeFile(tokenFile, 'new');
    await Promise.all(Array.from({ length: 4 }, () => client.text({ path: '/x' })));
    assert.equal(requests.length, 8);
    await writeFile(tokenFile, 'newer');
    handler = (_, response) => {
      response.statusCode = 401;
      response.end('{}');
    };
    await assert.rejects(client.text({ path: '/x' }), { code: 'CONNECTOR_UNAUTHORIZED' });
    assert.equal(requests.length, 10, 'asks twice, not for ever');
  });

  it('does not wait for ever: header', async () => {
    handler = () => undefined;
    const client = await open({ timeouts: { headersTimeoutMs: 100 } });
    await assert.rejects(client.text({ method: 'POST', path: '/x', body: '' }), {
      code: 'CONNECTOR_TIMEOUT',
    });
  });

  it('does not wait for ever: body', async () => {
    handler = (_, response) => response.write('{');
    const client = await open({ timeouts: { bodyTimeoutMs: 100 } });
    await assert.rejects(client.text({ path: '/x' }), { code: 'CONNECTOR_TIMEOUT' });
  });

  it('can be cancelled while it waits, for an answer or for its turn', async () => {
    for (const answer of [() => undefined, refuse]) {
      handler = answer;
      const abort = new AbortController();
      const waiting = (await open()).text({ path: '/x', signal: abort.signal });
      setTimeout(() => abort.abort(), 50);
      await assert.rejects(waiting, CancelledError);
    }
    function refuse(_: IncomingMessage, response: ServerResponse): void {
      response.statusCode = 503;
      response.setHeader('retry-after', '20');
      response.end();
    }
  });

  it('can be cancelled and closed while it connects, without waiting for that to fail', async () => {
    // Takes connections and never answers, so that no TLS handshake ends: a server that is stopped.
    const silent = createNetServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const sockets: Socket[] = [];
    const connected = new Promise<void>((resolve) => {
      silent.on('connection', (socket) => {
        sockets.push(socket.on('error', () => undefined));
        resolve();
      });
    });
    const controller = new AbortController();
    const address = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = await open({ timeouts: { connectTimeoutMs: 600_000 } }, { server: address });
    try {
      const answer = client.json({ path: '/x', signal: controller.signal });
      await connected;
      controller.abort();
      await assert.rejects(answer, CancelledError);
      await client.close();
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('bounds what it reads', async () => {
    handler = (_, response) => response.end('x'.repeat(1000));
    await assert.rejects((await open()).text({ path: '/x' }, 999), {
      code: 'CONNECTOR_FAILED',
      message: /more than 999 bytes/,
    });
  });

  it('goes through the proxy of the kubeconfig', async () => {
    handler = (_, response) => response.end('{"through":"proxy"}');
    const tunnels: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request: IncomingMessage, socket) => {
      tunnels.push(request.url ?? '');
      const [host = '', port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const client = await open(
      {},
      { 'proxy-url': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    );
    try {
      assert.deepEqual(await client.json({ path: '/x' }), { through: 'proxy' });
      assert.deepEqual(tunnels, [new URL(url()).host]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('throws nothing but its own errors', async () => {
    const answers: Handler[] = [
      (_, response) => response.socket?.end('not http at all\r\n\r\n'),
      (_, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end('not gzip');
      },
      (_, response) => response.end('<html>'),
      (_, response) => {
        response.statusCode = 418;
        response.end('\u0000\u0001');
      },
    ];
    for (const answer of answers) {
      handler = answer;
      await assert.rejects((await open()).json({ path: '/x' }), ConnectorError);
    }
  });
});
