/** Remote archives against a real server on the loopback: exact ranges, few bytes, changes noticed, failures survived or told. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openHttpSource } from '../../../src/connectors/stores/http-store.ts';
import { MODE_DIRECTORY, openArchive, plainFileInfo, timestampFromMs } from '../../../src/format/index.ts';
import { createArchive } from '../../../src/format/archive-writer.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';
import { withCode } from '../../format/expected-error.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';
import { MemorySink } from '../../format/memory-store.ts';
import { RangeServer } from './range-server.ts';

const QUICK = { retries: { attemptsMax: 3, patienceMs: 5_000 } };

describe('http store', () => {
  const content = generatedBytes('noise', 7, 300_000);
  let server: RangeServer;
  beforeEach(async () => {
    server = await RangeServer.start(content);
  });
  afterEach(async () => {
    await server.stop();
  });

  describe('reading', () => {
    it('gives exactly the ranges asked for, also in parallel', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      assert.equal(source.size, content.length);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(content.length), fc.nat(content.length)), { maxLength: 6 }),
          async (ranges) => {
            const reads = ranges.map(async ([one, two]) => {
              const [start, end] = one < two ? [one, two] : [two, one];
              assert.deepEqual(
                Buffer.from(await source.read(start, end - start)),
                Buffer.from(content.subarray(start, end)),
              );
            });
            await Promise.all(reads);
          },
        ),
        { numRuns: 50 },
      );
      await source.close();
    });

    it('refuses ranges outside the file', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      for (const [offset, length] of [
        [content.length, 1],
        [-1, 1],
        [0, content.length + 1],
        [0.5, 1],
      ] as const) {
        await assert.rejects(source.read(offset, length), withCode('FORMAT_TRUNCATED'));
      }
      assert.equal((await source.read(content.length, 0)).length, 0);
      await source.close();
    });

    it('reads past the cache what is large', async () => {
      server.content = generatedBytes('noise', 3, 9_000_000);
      const source = await openHttpSource(`${server.origin}/large.ptar`);
      const bytes = await source.read(5, 8_999_990);
      assert.ok(Buffer.from(bytes).equals(server.content.subarray(5, 8_999_995)));
      await source.close();
    });

    it('asks once for neighbours and for what it has', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      await Promise.all([
        source.read(100_000, 10_000),
        source.read(115_000, 20_000),
        source.read(100_500, 10),
      ]);
      assert.equal(server.requests.length, 2, 'one to open, one for all three');
      await source.read(120_000, 5_000);
      assert.equal(server.requests.length, 2);
      await source.close();
    });

    it('reads ahead of a reader that goes on', async () => {
      server.content = generatedBytes('noise', 5, 4_000_000);
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      for (let offset = 0; offset < server.content.length; offset += 10_000) {
        await source.read(offset, 10_000);
      }
      assert.ok(server.requests.length < 30, `${server.requests.length} requests for 400 reads`);
      assert.ok(server.bytesSent <= server.content.length + 16_384);
      await source.close();
    });

    it('opens an empty file as one', async () => {
      server.content = new Uint8Array();
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      assert.equal(source.size, 0);
      await source.close();
    });
  });

  describe('archives', () => {
    const folders = 20;
    const filesPerFolder = 30;
    let archive: Uint8Array;
    before(async () => {
      const sink = new MemorySink();
      const writer = await createArchive(sink, { primitives: nodePrimitives, encryption: 'plaintext' });
      const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: 'test', directory: '/' } });
      const modTime = timestampFromMs(0);
      for (let folder = 0; folder < folders; folder++) {
        await snapshot.add({
          path: `/d${folder}`,
          info: plainFileInfo(`d${folder}`, MODE_DIRECTORY | 0o755, modTime),
        });
        for (let file = 0; file < filesPerFolder; file++) {
          const bytes = generatedBytes('noise', folder * 1000 + file + 1, file === 0 ? 250_000 : 20);
          await snapshot.add({
            path: `/d${folder}/f${file}`,
            info: plainFileInfo(`f${file}`, 0o644, modTime, bytes.length),
            content: () => [bytes],
          });
        }
      }
      await snapshot.finish();
      await writer.close();
      archive = sink.bytes;
    });

    it('are listed without their data', async () => {
      server.content = archive;
      const source = await openHttpSource(`${server.origin}/prod.ptar`);
      const reader = await openArchive(source, { primitives: nodePrimitives });
      const state = reader.parts.layout.state.length;
      const [snapshot] = await reader.snapshots();
      assert.ok(snapshot !== undefined);
      const names: string[] = [];
      for await (const entry of snapshot.children('/d7')) names.push(entry.path);
      assert.equal(names.length, filesPerFolder);
      // State, the first and last blocks, the header, a path through the tree, the entries: some blocks of 16 KiB each.
      const blocks = Math.ceil((server.bytesSent - state) / 16_384);
      assert.ok(blocks <= 40, `${blocks} blocks beside the state of ${state} bytes`);
      assert.ok(server.bytesSent * 6 < archive.length, `${server.bytesSent} of ${archive.length} bytes`);
      await reader.close();
    });

    it('give their content whole', async () => {
      server.content = archive;
      const reader = await openArchive(await openHttpSource(`${server.origin}/prod.ptar`), {
        primitives: nodePrimitives,
      });
      const [snapshot] = await reader.snapshots();
      const bytes = await snapshot!.bytes(await snapshot!.entry('/d3/f0'), 1_000_000);
      assert.ok(Buffer.from(bytes).equals(generatedBytes('noise', 3001, 250_000)));
      await reader.close();
    });
  });

  describe('a file that changes', () => {
    it('is noticed by If-Range', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      await source.read(20_000, 10);
      assert.equal(server.requests[1]?.ifRange, '"one"');
      server.etag = '"two"';
      await assert.rejects(source.read(200_000, 10), withCode('CONNECTOR_CONFLICT'));
      await source.close();
    });

    it('is noticed by the ETag where the server ignores If-Range', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      server.intervene = (request) => {
        delete request.headers['if-range'];
        server.etag = '"two"';
        return false;
      };
      await assert.rejects(source.read(200_000, 10), withCode('CONNECTOR_CONFLICT'));
      await source.close();
    });

    it('is noticed by its size where there is no ETag', async () => {
      server.etag = undefined;
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      server.content = content.subarray(0, 250_000);
      await assert.rejects(source.read(200_000, 10), withCode('CONNECTOR_CONFLICT'));
      await assert.rejects(source.read(260_000, 10), withCode('CONNECTOR_CONFLICT'));
      await source.close();
    });
  });

  describe('failures', () => {
    it('are tried again: 503, then a connection that breaks in the middle', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`, QUICK);
      server.intervene = (_, response, count) => {
        if (count === 2) {
          response.writeHead(503).end();
          return true;
        }
        if (count !== 3) return false;
        response.writeHead(206, {
          'content-range': `bytes 98304-114687/${content.length}`,
          'content-length': 16_384,
          etag: '"one"',
        });
        response.write(content.subarray(98_304, 103_304), () => response.destroy());
        return true;
      };
      const bytes = await source.read(100_000, 10_000);
      assert.deepEqual(Buffer.from(bytes), Buffer.from(content.subarray(100_000, 110_000)));
      assert.equal(server.requests.length, 4);
      await source.close();
    });

    it('go on where the last attempt stopped', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`, QUICK);
      server.intervene = (request, response, count) => {
        if (count > 3) return false;
        const [start = 0, last = 0] = (request.headers.range ?? '').match(/\d+/g)!.map(Number);
        const end = Math.min(last + 1, start + 5_000);
        response.writeHead(206, {
          'content-range': `bytes ${start}-${end - 1}/${content.length}`,
          etag: '"one"',
        });
        response.end(content.subarray(start, end));
        return true;
      };
      const bytes = await source.read(98_304, 16_384);
      assert.deepEqual(Buffer.from(bytes), Buffer.from(content.subarray(98_304, 114_688)));
      assert.deepEqual(
        server.requests.slice(1).map(({ range }) => range),
        ['bytes=98304-114687', 'bytes=103304-114687', 'bytes=108304-114687'],
      );
      await source.close();
    });

    it('that stay are told, retryable', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`, QUICK);
      server.intervene = (_, response) => {
        response.writeHead(502).end();
        return true;
      };
      await assert.rejects(source.read(100_000, 10), (error) => {
        withCode('CONNECTOR_FAILED')(error);
        assert.equal((error as { retryable?: boolean }).retryable, true);
        return true;
      });
      assert.equal(server.requests.length, 1 + QUICK.retries.attemptsMax);
      await source.close();
    });

    it('a server that falls silent is given up', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`, {
        retries: { attemptsMax: 2, patienceMs: 60_000 },
        timeouts: { headersTimeoutMs: 50, bodyTimeoutMs: 50 },
      });
      server.intervene = () => true;
      await assert.rejects(source.read(100_000, 10), withCode('CONNECTOR_TIMEOUT'));
      await source.close();
    });

    it('bytes of another place are not taken', async () => {
      const source = await openHttpSource(`${server.origin}/a.ptar`, QUICK);
      server.intervene = (_, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-9/${content.length}`, etag: '"one"' });
        response.end(content.subarray(0, 10));
        return true;
      };
      await assert.rejects(source.read(100_000, 10), withCode('CONNECTOR_FAILED'));
      await source.close();
    });

    for (const [status, code] of [
      [401, 'CONNECTOR_UNAUTHORIZED'],
      [403, 'CONNECTOR_FORBIDDEN'],
      [404, 'NOT_FOUND_ARCHIVE'],
      [400, 'CONNECTOR_REJECTED'],
    ] as const) {
      it(`${status} is ${code}`, async () => {
        server.intervene = (_, response) => {
          response.writeHead(status).end();
          return true;
        };
        await assert.rejects(openHttpSource(`${server.origin}/a.ptar`), withCode(code));
        assert.equal(server.requests.length, 1);
      });
    }

    it('a server without ranges is told, with advice', async () => {
      server.intervene = (_, response) => {
        response.writeHead(200, { 'content-length': content.length }).end(content);
        return true;
      };
      await assert.rejects(openHttpSource(`${server.origin}/a.ptar`), (error) => {
        withCode('CONNECTOR_FAILED')(error);
        assert.match((error as Error).message, /no range requests.*download/);
        return true;
      });
    });

    it('nobody listening is told', async () => {
      const { origin } = server;
      await server.stop();
      await assert.rejects(openHttpSource(`${origin}/a.ptar`), withCode('CONNECTOR_UNREACHABLE'));
      server = await RangeServer.start(content);
    });

    it('cancelling and closing end what is under way', async () => {
      const controller = new AbortController();
      const source = await openHttpSource(`${server.origin}/a.ptar`, { signal: controller.signal });
      server.intervene = () => true;
      const cancelled = assert.rejects(source.read(100_000, 10), withCode('CANCELLED'));
      controller.abort();
      await cancelled;
      await source.close();
      server.intervene = () => false;
      const other = await openHttpSource(`${server.origin}/a.ptar`);
      server.intervene = () => true;
      const closed = assert.rejects(other.read(100_000, 10), withCode('CANCELLED'));
      await other.close();
      await closed;
    });
  });

  describe('credentials', () => {
    it('go to the server and into no name or error', async () => {
      const address = `${server.origin.replace('//', '//someone:hunter2%21@')}/a.ptar?signature=abc`;
      const source = await openHttpSource(address);
      assert.equal(source.name, `${server.origin}/a.ptar?…`);
      const expected = `Basic ${Buffer.from('someone:hunter2!').toString('base64')}`;
      assert.equal(server.requests[0]?.authorization, expected);
      assert.equal(server.requests[0].path, '/a.ptar?signature=abc');
      server.intervene = (_, response) => {
        response.writeHead(403).end();
        return true;
      };
      await assert.rejects(source.read(100_000, 10), (error) => {
        withCode('CONNECTOR_FORBIDDEN')(error);
        assert.doesNotMatch((error as Error).message, /hunter2|abc|someone/);
        return true;
      });
      await source.close();
    });

    it('are not repeated by the error of a malformed address', async () => {
      await assert.rejects(openHttpSource('https://me:hunter2@[bad/a.ptar'), (error) => {
        withCode('USAGE')(error);
        assert.doesNotMatch((error as Error).message, /hunter2/);
        return true;
      });
    });

    it('do not follow a redirect to another server', async () => {
      const other = await RangeServer.start(content);
      server.intervene = (_, response) => {
        response.writeHead(302, { location: `${other.origin}/moved.ptar` }).end();
        return true;
      };
      const source = await openHttpSource(`${server.origin.replace('//', '//someone:hunter2@')}/a.ptar`);
      await source.read(100_000, 10);
      assert.ok(other.requests.every(({ authorization }) => authorization === undefined));
      assert.equal(server.requests.length, 1, 'where the redirect led is remembered');
      assert.deepEqual(
        other.requests.map(({ path }) => path),
        ['/moved.ptar', '/moved.ptar'],
      );
      await source.close();
      await other.stop();
    });

    it('a redirect that has expired is followed anew', async () => {
      const other = await RangeServer.start(content);
      let signature = 1;
      server.intervene = (_, response) => {
        response.writeHead(307, { location: `${other.origin}/a?signature=${signature}` }).end();
        return true;
      };
      other.intervene = (request, response) => {
        if (request.url?.endsWith(`=${signature}`) === true) return false;
        response.writeHead(403).end();
        return true;
      };
      const source = await openHttpSource(`${server.origin}/a.ptar`);
      signature = 2;
      assert.deepEqual(
        Buffer.from(await source.read(100_000, 9)),
        Buffer.from(content.subarray(100_000, 100_009)),
      );
      await source.close();
      await other.stop();
    });

    it('redirects in a circle end', async () => {
      server.intervene = (_, response) => {
        response.writeHead(302, { location: '/again' }).end();
        return true;
      };
      await assert.rejects(openHttpSource(`${server.origin}/a.ptar`), withCode('CONNECTOR_FAILED'));
    });
  });
});
