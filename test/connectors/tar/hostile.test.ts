// Tars made by hand, block by block: what no honest program writes must end as one line, with everything before it captured.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { SourceRecord } from '../../../src/format/index.ts';
import { openTarImporter } from '../../../src/connectors/tar/importer.ts';
import { isPtarError } from '../../../src/errors.ts';

interface Member {
  readonly name?: string;
  readonly type?: string;
  readonly link?: string;
  readonly content?: Uint8Array | string;
  /** Fields as they stand, in place of sound ones. */
  readonly size?: string;
  readonly uid?: string;
  readonly mtime?: string;
}

function member({ name = 'file', type = '0', link = '', content = '', ...fields }: Member): Buffer {
  const bytes = Buffer.from(content);
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write(fields.uid ?? '0000000\0', 108, 'latin1');
  block.write('0000000\0', 116);
  block.write(fields.size ?? `${bytes.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write(fields.mtime ?? '00000000000\0', 136, 'latin1');
  block.write(type, 156);
  block.write(link, 157);
  block.write('ustar\x0000', 257);
  block.write(' '.repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const END = Buffer.alloc(1024);
const pax = (content: string | Uint8Array, type = 'x'): Buffer =>
  member({ name: 'PaxHeader', type, content });

/** Each record's path with its content or error. */
async function imported(bytes: Uint8Array): Promise<Map<string, string>> {
  const importer = await openTarImporter('-', { input: pieces(bytes) });
  return gathered(importer.records({}));
}

async function gathered(records: AsyncIterable<SourceRecord>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const record of records) {
    let text = 'error' in record ? `error: ${record.error}` : '';
    if (!('error' in record) && record.content !== undefined) {
      try {
        for await (const bytes of record.content()) text += Buffer.from(bytes).toString();
      } catch (error) {
        assert.ok(isPtarError(error), String(error));
        text = `error: ${error.message}`;
      }
    }
    assert.doesNotMatch(text.startsWith('error') ? text : '', /\n/);
    found.set(record.path, text);
  }
  return found;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += 700) {
    yield await Promise.resolve(bytes.subarray(offset, offset + 700));
  }
}

const GOOD = member({ name: 'good', content: 'fine' });

describe('hostile tars', () => {
  for (const [name, path] of [
    ['../../etc/passwd', '/%2E%2E/%2E%2E/etc/passwd'],
    ['a/../b', '/a/%2E%2E/b'],
    ['/..', '/%2E%2E'],
  ] as const) {
    it(`keeps ${name} from leading out`, async () => {
      const found = await imported(Buffer.concat([GOOD, member({ name, content: 'x' }), END]));
      assert.match(found.get(path) ?? '', /^error: .*no name inside a tar/);
      assert.equal(found.get('/good'), 'fine');
      assert.equal(found.size, 2);
    });
  }

  it('takes absolute names, doubled slashes and dots as they are extracted', async () => {
    const tar = Buffer.concat([member({ name: '/abs//x' }), member({ name: './a/./b', content: 'b' }), END]);
    assert.deepEqual([...(await imported(tar)).keys()], ['/abs/x', '/a/b']);
  });

  const ENDLESS = Array.from({ length: 17 }, () => pax('11 foo=bar\n'));
  for (const [why, bytes, pattern] of [
    [
      'a size beyond every file',
      [member({ size: '\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' })],
      /size that no file/,
    ],
    ['a negative size', [member({ size: '\xff'.repeat(12) })], /size that no file/],
    ['a size that is no number', [member({ size: '0000000009z\0' })], /size that no file/],
    ['an extended header beyond the limit', [member({ type: 'x', size: '77777777777\0' })], /8 MiB/],
    ['extended headers without end', ENDLESS, /number 17 of one member/],
    ['records that overrun their header', [pax('99 path=x\n'), GOOD], /damaged extended header/],
    ['records without a length', [pax('path=x\n'), GOOD], /damaged extended header/],
    ['an extended header without a member', [pax('10 path=x\n'), END], /should begin a member/],
    ['a block that is no header', [Buffer.alloc(512, 'x'), END], /no header of a tar/],
    ['a huge pax size', [pax('25 size=9007199254740993\n'), GOOD], /size that no file/],
  ] as const) {
    it(`stops at ${why}, with what comes before captured`, async () => {
      const found = await imported(Buffer.concat([GOOD, ...bytes]));
      assert.equal(found.get('/good'), 'fine');
      assert.match(found.get('/') ?? '', pattern);
    });

    it(`refuses a tar that begins with ${why}`, async () => {
      await assert.rejects(imported(Buffer.concat([...bytes])), (error: unknown) => {
        assert.ok(isPtarError(error));
        assert.equal(error.code, 'CONNECTOR_INPUT');
        assert.match(error.message, pattern);
        return true;
      });
    });
  }

  for (const [why, fields] of [
    ['an owner that no system has', { uid: '\x80\0\0\xff\xff\xff\xff\xff' }],
    ['a time that is none', { mtime: 'yesterday\0' }],
  ] as const) {
    it(`leaves out a member with ${why}`, async () => {
      const found = await imported(
        Buffer.concat([member({ name: 'bad', content: 'x', ...fields }), GOOD, END]),
      );
      assert.match(found.get('/bad') ?? '', /^error: its /);
      assert.equal(found.get('/good'), 'fine');
    });
  }

  it('says what it does not know', async () => {
    const tar = [
      member({ name: 'odd', type: 'Z', content: 'x' }),
      member({ name: 'sparse', type: 'S' }),
      GOOD,
      END,
    ];
    const found = await imported(Buffer.concat(tar));
    assert.match(found.get('/odd') ?? '', /type "Z"/);
    assert.match(found.get('/sparse') ?? '', /--sparse/);
    assert.equal(found.get('/good'), 'fine');
  });

  it('resolves hard links to what came before only', async () => {
    const tar = [
      GOOD,
      member({ name: 'link', type: '1', link: './good' }),
      member({ name: 'chain', type: '1', link: 'link' }),
      member({ name: 'later', type: '1', link: 'after' }),
      member({ name: 'self', type: '1', link: 'self' }),
      member({ name: 'out', type: '1', link: '../../etc/shadow' }),
      member({ name: 'after', content: 'after' }),
      END,
    ];
    const found = await imported(Buffer.concat(tar));
    assert.deepEqual([found.get('/link'), found.get('/chain')], ['fine', 'fine']);
    for (const path of ['/later', '/self', '/out']) {
      assert.match(found.get(path) ?? '', /not in the tar before/);
    }
  });

  it('says that content of a stream has gone by, where a file would have it', async () => {
    const large = Buffer.alloc((64 << 20) + 1);
    const tar = Buffer.concat([
      member({ name: 'large', content: large }),
      member({ name: 'link', type: '1', link: 'large' }),
      END,
    ]);
    const importer = await openTarImporter('-', {
      input: (async function* () {
        yield await Promise.resolve(tar);
      })(),
    });
    assert.match((await gathered(importer.records({}))).get('/link') ?? '', /rather than a pipe/);
    const folder = await mkdtemp(join(tmpdir(), 'ptar-hostile-'));
    for (const [name, bytes] of [
      ['x.tar', tar],
      ['x.tgz', gzipSync(tar)],
    ] as const) {
      await writeFile(join(folder, name), bytes);
      const again = await openTarImporter(join(folder, name));
      const found = await gathered(again.records({}));
      assert.equal(found.get('/link')?.length, large.length, name);
      await again.close();
    }
    await rm(folder, { recursive: true });
  }).timeout(60_000);

  it('stops at the end mark, whatever comes after it', async () => {
    const found = await imported(Buffer.concat([GOOD, END, Buffer.alloc(5000, 'x')]));
    assert.deepEqual([...found], [['/good', 'fine']]);
  });

  for (const [why, bytes, pattern] of [
    ['nothing', Buffer.alloc(0), /empty/],
    ['text', Buffer.from('hello\n'.repeat(200)), /cannot be read as a tar/],
    ['a zstd frame', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), /zstd/],
    ['damaged gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]), /gzip data/],
    ['half of a gzip', gzipSync(GOOD).subarray(0, 20), /gzip data/],
  ] as const) {
    it(`refuses ${why}`, async () => {
      await assert.rejects(imported(bytes), (error: unknown) => {
        assert.ok(isPtarError(error), String(error));
        assert.equal(error.code, 'CONNECTOR_INPUT');
        assert.match(error.message, pattern);
        return true;
      });
    });
  }

  it('captures what comes before a cut, wherever it is, and says so', async () => {
    const tar = Buffer.concat([
      GOOD,
      pax('21 path=long name/x\n\n'),
      member({ content: Buffer.alloc(3000, 'c') }),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1025, max: tar.length - 1 }), async (length) => {
        const found = await imported(tar.subarray(0, length));
        assert.equal(found.get('/good'), 'fine');
        // A cut between two members is an end.
        if (length % 512 !== 0) assert.ok([...found.values()].some((text) => text.startsWith('error')));
      }),
    );
  });

  it('survives any change of any byte', async () => {
    const tar = Buffer.concat([GOOD, pax('13 path=long\n'), member({ content: 'x' }), END]);
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(tar);
        changed[at] = byte;
        await imported(changed).catch((error: unknown) => {
          assert.ok(isPtarError(error), String(error));
          assert.equal(error.code, 'CONNECTOR_INPUT');
        });
      }),
      { numRuns: 500 },
    );
  });
});
