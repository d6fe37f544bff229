/** A SOCKS5 proxy for CONNECT, with or without a password. Source: RFC 1928, RFC 1929 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const VERSION = 5;
const [NO_AUTHENTICATION, PASSWORD, NOTHING_ACCEPTABLE] = [0x00, 0x02, 0xff];
const CONNECT = 1;
const [ADDRESS_IPV4, ADDRESS_NAME] = [1, 3];
const [SUCCEEDED, REFUSED] = [0, 5];

/** A proxy that listens on 127.0.0.1. */
export interface SocksServer {
  readonly port: number;
  /** `HOST:PORT` of every connection that was asked for. */
  readonly destinations: readonly string[];
  close(): Promise<void>;
}

/** @param password `user:password` that clients have to give */
export async function startSocksServer(password?: string): Promise<SocksServer> {
  const destinations: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    serve(socket, password, destinations).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    destinations,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(socket: Socket, password: string | undefined, destinations: string[]): Promise<void> {
  const [, methodCount = 0] = await take(socket, 2);
  const methods = await take(socket, methodCount);
  const method = password === undefined ? NO_AUTHENTICATION : PASSWORD;
  if (!methods.includes(method)) {
    socket.end(Buffer.of(VERSION, NOTHING_ACCEPTABLE));
    return;
  }
  socket.write(Buffer.of(VERSION, method));
  if (password !== undefined && !(await isLoggedIn(socket, password))) return;
  const [, command, , addressType] = await take(socket, 4);
  if (command !== CONNECT) throw new Error('only CONNECT');
  const host = await takeHost(socket, addressType);
  const port = (await take(socket, 2)).readUInt16BE();
  destinations.push(`${host}:${port}`);
  const target = connect(port, host);
  target.once('connect', () => {
    socket.write(reply(SUCCEEDED));
    socket.pipe(target).pipe(socket);
  });
  target.once('error', () => socket.end(reply(REFUSED)));
  socket.once('close', () => target.destroy());
}

async function isLoggedIn(socket: Socket, password: string): Promise<boolean> {
  const [, userLength = 0] = await take(socket, 2);
  const user = await take(socket, userLength);
  const [passwordLength = 0] = await take(socket, 1);
  const given = await take(socket, passwordLength);
  const isRight = `${user.toString()}:${given.toString()}` === password;
  if (isRight) socket.write(Buffer.of(1, 0));
  else socket.end(Buffer.of(1, 1));
  return isRight;
}

async function takeHost(socket: Socket, addressType: number | undefined): Promise<string> {
  if (addressType === ADDRESS_IPV4) return (await take(socket, 4)).join('.');
  if (addressType !== ADDRESS_NAME) throw new Error('neither IPv4 nor a name');
  const [length = 0] = await take(socket, 1);
  return (await take(socket, length)).toString();
}

function reply(code: number): Buffer {
  return Buffer.of(VERSION, code, 0, ADDRESS_IPV4, 0, 0, 0, 0, 0, 0);
}

async function take(socket: Socket, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  for (;;) {
    const bytes = socket.read(length) as Buffer | null;
    if (bytes !== null) return bytes;
    if (socket.readableEnded) throw new Error('the client has gone');
    await new Promise((resolve) => {
      socket.once('readable', resolve);
      socket.once('close', resolve);
    });
  }
}
