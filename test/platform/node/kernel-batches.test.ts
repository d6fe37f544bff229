/** Batches in the memory of the kernels against blobs one by one and portable: the same plaintexts both ways, and the same refusals. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { decodeBatch, encodeBatch, encodedLengthMax } from '../../../src/format/blob-batch.ts';
import { type BlobCodec, blobCodec } from '../../../src/format/blob-codec.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../../../src/format/lz4.ts';
import { portablePrimitives } from '../../../src/format/portable-primitives.ts';
import {
  type BlobBatch,
  type Buffers,
  type CodecSettings,
  NOT_DECODED,
  type StoredBatch,
} from '../../../src/format/ports.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import { lz4 } from '../../../src/kernels/index.ts';
import { fastCodec, fastMacKey } from '../../../src/platform/node/fast-codec.ts';
import { BufferShelf } from '../../../src/platform/node/buffer-shelf.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';

const key = generatedBytes('noise', 1, 32);
const mac = fastMacKey('BLAKE3', key);
const SIZES = [0, 1, 12, 13, 300, 1500, 2047, 2048, 5000, 65_535, 65_536, 65_537, 200_000];
/** Around the longest text that the kernels take. */
const long = [lz4.BLOCK_SIZE_MAX, lz4.BLOCK_SIZE_MAX + 1].map((size) => generatedBytes('text', size, size));

const plaintexts = SIZES.flatMap((size, index) => [
  generatedBytes('text', index, size),
  generatedBytes('noise', index, size),
]);

function settings(isEncrypted: boolean, compression: CodecSettings['compression']): CodecSettings {
  return { hashing: 'BLAKE3', macKey: key, archiveKey: isEncrypted ? key : undefined, compression };
}

function portableCodec({ archiveKey, compression }: CodecSettings): BlobCodec {
  const sealer = archiveKey && portablePrimitives.sealer(archiveKey);
  return blobCodec({ ...portablePrimitives, threads: undefined }, { sealer }, compression?.algorithm);
}

function batchOf(parts: readonly Uint8Array[]): BlobBatch {
  return {
    bytes: new Uint8Array(Buffer.concat(parts)),
    lengths: Uint32Array.from(parts, ({ length }) => length),
  };
}

function storedBatch(stored: readonly Uint8Array[], texts: readonly Uint8Array[], wanted = 1): StoredBatch {
  return {
    ...batchOf(stored),
    types: new Uint8Array(stored.length).fill(ResourceType.chunk),
    ids: new Uint8Array(Buffer.concat(texts.map((text) => mac.mac(text)))),
    wanted: new Uint8Array(stored.length).fill(wanted),
    sizeMax: 64 << 20,
  };
}

function partsOf({ bytes, lengths }: BlobBatch): Uint8Array[] {
  let at = 0;
  return Array.from(lengths, (length) => bytes.subarray(at, (at += length)));
}

/** What was decoded of each, undefined where it was refused. */
function decoded(
  codec: BlobCodec,
  batch: StoredBatch,
  buffers: Buffers = new BufferShelf(1 << 26),
): (Uint8Array | undefined)[] {
  const { bytes, lengths } = decodeBatch(codec.batches, mac, batch, buffers);
  let at = 0;
  return Array.from(lengths, (length) =>
    length === NOT_DECODED ? undefined : bytes.slice(at, (at += length)),
  );
}

function assertSame(
  actual: readonly (Uint8Array | undefined)[],
  expected: readonly (Uint8Array | undefined)[],
): void {
  assert.equal(actual.length, expected.length);
  for (const [index, one] of actual.entries()) {
    const other = expected[index];
    assert.equal(one?.length, other?.length, `blob ${index}`);
    assert.equal(Buffer.compare(one ?? Buffer.alloc(0), other ?? Buffer.alloc(0)), 0, `blob ${index}`);
  }
}

for (const isEncrypted of [true, false]) {
  for (const compression of [
    undefined,
    { algorithm: 'LZ4', effort: 'fast' },
    { algorithm: 'LZ4', effort: 'high' },
  ] as const) {
    const name = `${isEncrypted ? 'encrypted' : 'plaintext'}, ${compression?.algorithm ?? 'no compression'} ${compression?.effort ?? ''}`;
    describe(`kernel batches: ${name}`, () => {
      const chosen = settings(isEncrypted, compression);
      const [fast, portable] = [fastCodec(chosen), portableCodec(chosen)];
      const batch = batchOf(plaintexts);
      const target = new Uint8Array(encodedLengthMax(batch.bytes.length, plaintexts.length));
      const stored = partsOf(encodeBatch(fast.batches, batch, target));

      it('are read by the portable codec and by themselves', () => {
        assertSame(
          stored.map((one) => portable.decode(one, 8 << 20)),
          plaintexts,
        );
        assertSame(decoded(fast, storedBatch(stored, plaintexts)), plaintexts);
      });

      it('are encoded in place', () => {
        const room = encodedLengthMax(batch.bytes.length, plaintexts.length);
        const memory = new Uint8Array(room);
        memory.set(batch.bytes, room - batch.bytes.length);
        const own = { ...batch, bytes: memory.subarray(room - batch.bytes.length) };
        const written = partsOf(encodeBatch(fast.batches, own, memory));
        assertSame(decoded(fast, storedBatch(written, plaintexts)), plaintexts);
      });

      it('read what the portable codec writes', () => {
        const theirs = plaintexts.map((plaintext) => portable.encode(plaintext));
        assertSame(decoded(fast, storedBatch(theirs, plaintexts)), plaintexts);
      });

      it('take texts of any length', () => {
        const parts = batchOf(long);
        const room = new Uint8Array(encodedLengthMax(parts.bytes.length, long.length));
        const written = partsOf(encodeBatch(fast.batches, parts, room));
        assertSame(decoded(fast, storedBatch(written, long)), long);
      });

      it('give only what is wanted, and the lengths of all', () => {
        const all = storedBatch(stored, plaintexts, 0);
        all.wanted[3] = 1;
        const { bytes, lengths } = decodeBatch(fast.batches, mac, all, new BufferShelf(1 << 20));
        assert.deepEqual(
          [...lengths],
          plaintexts.map(({ length }) => length),
        );
        assertSame([bytes], [plaintexts[3]]);
      });

      it('refuse what was changed, and go on', () => {
        const changed = stored.map((one, index) => {
          const copy = one.slice();
          if (index % 3 === 0) copy[(index * 7919) % Math.max(1, copy.length)]! ^= 0x40;
          return copy;
        });
        const result = decoded(fast, storedBatch(changed, plaintexts));
        for (const [index, one] of result.entries()) {
          if (index % 3 === 0 && stored[index]!.length > 0) assert.equal(one, undefined, `blob ${index}`);
          else assertSame([one], [plaintexts[index]]);
        }
      });

      it('refuse what is larger than allowed', () => {
        const small = { ...storedBatch(stored, plaintexts, 0), sizeMax: 1500 };
        const { lengths } = decodeBatch(fast.batches, mac, small, new BufferShelf(1 << 20));
        for (const [index, length] of lengths.entries()) {
          const size = plaintexts[index]!.length;
          assert.equal(length, size <= 1500 ? size : NOT_DECODED);
        }
      });
    });
  }
}

describe('kernel frames', () => {
  const frameOf = (plain: Uint8Array, depth: number): Uint8Array => lz4.encodeFrame(plain, depth).slice();
  const content = (frame: Uint8Array, sizeMax: number): Uint8Array | undefined => {
    lz4.framePlace(frame.length)?.set(frame);
    return lz4.decodeFrame(frame.length, sizeMax)?.slice();
  };

  it('are the bytes that the frames of the format have', () => {
    for (const plain of plaintexts.filter(({ length }) => length <= lz4.BLOCK_SIZE_MAX)) {
      for (const depth of [0, 16]) {
        const compress = depth === 0 ? lz4.compressBlockFast : lz4.compressBlockHigh(depth);
        const expected = encodeLz4Frame(plain, {
          compress,
          decompress: lz4.decompressBlock,
          checksum: lz4.xxhash32,
        });
        assertSame([frameOf(plain, depth)], [expected]);
      }
    }
  });

  it('of the lz4 command are read where they have one block, with and without checksum and size', function () {
    const plain = generatedBytes('text', 9, 50_000);
    for (const flags of [[], ['--no-frame-crc'], ['--content-size'], ['-BX']]) {
      const { stdout, error } = spawnSync('lz4', ['-c', '-B4', ...flags], {
        input: plain,
        maxBuffer: 1 << 20,
      });
      if (error !== undefined) {
        console.log(`      skipped: the lz4 command does not run (${error.message})`);
        this.skip();
      }
      // Block checksums are left to the decoder of the format.
      assertSame([content(stdout, plain.length)], [flags[0] === '-BX' ? undefined : plain]);
      assertSame([decodeLz4Frame(stdout, plain.length)], [plain]);
    }
  });

  it('that are cut or changed are refused, or read as the decoder of the format reads them', () => {
    const frames = [0, 1, 40, 700].map((size) => frameOf(generatedBytes('text', size, size), 16));
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.nat(), fc.nat(255), fc.nat(20), (frame, at, value, cut) => {
        const changed = frame.slice(0, Math.max(0, frame.length - (cut > 10 ? 0 : cut)));
        changed[at % Math.max(1, changed.length)] = value;
        const actual = content(changed, 2000);
        if (actual !== undefined) assertSame([actual], [decodeLz4Frame(changed, 2000)]);
      }),
      { numRuns: 5000, seed: 20_261_101 },
    );
    assert.equal(content(new Uint8Array(0), 10), undefined);
    assert.equal(lz4.framePlace(5 << 20), undefined);
  });
});
