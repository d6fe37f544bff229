/** What was encoded is decoded in pieces, however it is cut; what is damaged never gives other bytes than decoding the whole would. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FormatError, IntegrityError } from '../../src/errors.ts';
import { type BlobCodec, blobCodec } from '../../src/format/blob-codec.ts';
import { concatBytes } from '../../src/format/bytes.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../../src/format/lz4.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';
import { generatedBytes } from './generated-bytes.ts';

const SIZE_MAX = 16 * 1024 * 1024;
const key = Uint8Array.from({ length: 32 }, (_, index) => index);

/** Pieces of these lengths, over and over, all in the same memory. */
async function* cut(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  const room = new Uint8Array(Math.max(...lengths));
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const part = bytes.subarray(at, at + (lengths[turn % lengths.length] ?? 1));
    at += part.length;
    room.fill(0xee);
    room.set(part);
    yield await Promise.resolve(room.subarray(0, part.length));
  }
}

async function decodePieces(
  codec: BlobCodec,
  stored: Uint8Array,
  lengths: readonly number[],
  sizeMax = SIZE_MAX,
): Promise<Uint8Array | undefined> {
  const decoding = codec.decodeStream(cut(stored, lengths), sizeMax);
  if (decoding === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of decoding) parts.push(part.slice());
  return concatBytes(parts);
}

const codecs = [nodePrimitives, portablePrimitives].flatMap((primitives) =>
  ([undefined, 'LZ4'] as const).flatMap((compression) =>
    [undefined, primitives.sealer(key)].map((sealer) => blobCodec(primitives, { sealer }, compression)),
  ),
);

describe('decoding in pieces', () => {
  for (const size of [0, 1, 65_536, 65_537, 16 * 65_536, 3_000_000]) {
    it(`gives back ${size} bytes`, async function () {
      this.timeout(60_000);
      const plaintext = generatedBytes('text', 5, size);
      for (const codec of size > 100_000 ? codecs.slice(0, 4) : codecs) {
        const stored = codec.encode(plaintext);
        for (const lengths of [[1 << 20], [70_000, 11], [stored.length + 1]]) {
          const decoded = await decodePieces(codec, stored, lengths);
          assert.ok(decoded && Buffer.from(decoded).equals(plaintext));
        }
      }
    });
  }

  it('gives back what came in pieces of any lengths', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...codecs),
        async (plaintext, lengths, codec) => {
          assert.deepEqual(await decodePieces(codec, codec.encode(plaintext), lengths), plaintext);
        },
      ),
    );
  });

  it('gives of damaged bytes what decoding the whole gives, or fails', async () => {
    const damage = fc.record({ at: fc.nat(), bit: fc.nat(7), isCut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        damage,
        fc.constantFrom(...codecs),
        async (plaintext, { at, bit, isCut }, codec) => {
          const stored = codec.encode(plaintext).slice();
          const place = at % stored.length;
          if (!isCut) stored[place] = (stored[place] ?? 0) ^ (1 << bit);
          const damaged = isCut ? stored.subarray(0, place) : stored;
          let decoded: Uint8Array | undefined;
          try {
            decoded = await decodePieces(codec, damaged, [17]);
          } catch (error) {
            assert.ok(error instanceof FormatError || error instanceof IntegrityError);
            return;
          }
          assert.deepEqual(decoded, codec.decode(damaged, SIZE_MAX));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('decodes no more than is allowed', async () => {
    for (const codec of codecs) {
      const stored = codec.encode(new Uint8Array(1000));
      assert.equal((await decodePieces(codec, stored, [100], 1000))?.length, 1000);
      await assert.rejects(decodePieces(codec, stored, [100], 999), withCode('FORMAT_LIMIT'));
    }
  });

  it('leaves other forms to those who decode the whole', async () => {
    const codec = blobCodec(nodePrimitives, { sealer: undefined }, 'LZ4');
    const frame = encodeLz4Frame(generatedBytes('text', 5, 100));
    const twice = concatBytes([frame, frame]);
    assert.equal(decodeLz4Frame(twice, SIZE_MAX).length, 200);
    await assert.rejects(decodePieces(codec, twice, [64]), withCode('FORMAT_UNSUPPORTED'));
    const gzip = blobCodec(nodePrimitives, { sealer: undefined }, 'GZIP');
    assert.equal(await decodePieces(gzip, gzip.encode(frame), [64]), undefined);
  });
});
