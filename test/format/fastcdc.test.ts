/**
 * Cut points against the reference implementation (vectors), and the stream against the cut function: chunks do not depend on how
 * the stream arrives in blocks.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { FormatError } from '../../src/errors.ts';
import { chunkBoundary, Chunker, checkChunkLimits, type ChunkLimits } from '../../src/format/fastcdc.ts';
import { generatedBytes, type GeneratedKind } from './generated-bytes.ts';

interface CutVector extends ChunkLimits {
  readonly generator: GeneratedKind;
  readonly seed: number;
  readonly size: number;
  readonly lengths: readonly number[];
}

const vectors = JSON.parse(readFileSync(new URL('vectors/fastcdc.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly CutVector[];
};

/** Yields `bytes` in blocks of the given lengths, over and over, and fails on the way back if a block was written to. */
async function* inBlocks(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    const block = bytes.slice(start, start + length);
    const before = block.slice();
    yield block;
    assert.deepEqual(block, before, 'a block of the source was written to');
    start += block.length;
    await Promise.resolve();
  }
}

async function chunkLengths(
  chunker: Chunker,
  bytes: Uint8Array,
  blockLengths: readonly number[],
): Promise<number[]> {
  const lengths: number[] = [];
  let offset = 0;
  for await (const chunk of chunker.chunks(inBlocks(bytes, blockLengths))) {
    assert.deepEqual(
      Buffer.compare(chunk, bytes.subarray(offset, offset + chunk.length)),
      0,
      `chunk at ${offset}`,
    );
    lengths.push(chunk.length);
    offset += chunk.length;
  }
  assert.equal(offset, bytes.length);
  return lengths;
}

describe('FastCDC', () => {
  for (const vector of vectors.cases) {
    const { generator, seed, size, sizeMin, sizeNormal, sizeMax } = vector;
    it(`cuts ${size} bytes of ${generator} at ${sizeMin}/${sizeNormal}/${sizeMax} as the reference`, async () => {
      const bytes = generatedBytes(generator, seed, size);
      const lengths = await chunkLengths(new Chunker(vector), bytes, [64 << 10]);
      assert.deepEqual(lengths, vector.lengths);
    });
  }

  it('does not depend on the blocks of the stream', async () => {
    const limits = { sizeMin: 64, sizeNormal: 256, sizeMax: 1024 };
    const bytes = generatedBytes('text', 11, 20_000);
    const whole = await chunkLengths(new Chunker(limits), bytes, [bytes.length]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 12 }),
        async (blocks) => {
          assert.deepEqual(await chunkLengths(new Chunker(limits), bytes, blocks), whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reports a boundary whatever follows it', () => {
    const limits = { sizeMin: 64, sizeNormal: 256, sizeMax: 1024 };
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2500 }), fc.nat(2500), (bytes, seen) => {
        const end = Math.min(seen, bytes.length);
        const early = chunkBoundary(bytes, 0, end, limits);
        if (early < Math.min(end, limits.sizeMax)) {
          assert.equal(chunkBoundary(bytes, 0, bytes.length, limits), early);
        }
      }),
    );
  });

  it('keeps nothing of a block that the source uses again', async () => {
    const block = new Uint8Array(700);
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let value = 1; value <= 5; value++) yield await Promise.resolve(block.fill(value));
    }
    const chunker = new Chunker({ sizeMin: 64, sizeNormal: 256, sizeMax: 1024 });
    for (let time = 0; time < 2; time++) {
      const bytes: number[] = [];
      for await (const chunk of chunker.chunks(source())) bytes.push(...chunk);
      assert.deepEqual(
        bytes,
        Array.from({ length: 3500 }, (_, at) => 1 + Math.floor(at / 700)),
      );
    }
  });

  it('cuts with the function that it was given', async () => {
    const chunker = new Chunker({ sizeMin: 64, sizeNormal: 256, sizeMax: 1024 }, (_, start, end) =>
      Math.min(100, end - start),
    );
    assert.deepEqual(await chunkLengths(chunker, new Uint8Array(1050), [700]), [
      ...Array<number>(10).fill(100),
      50,
    ]);
  });

  it('closes the source when the consumer stops early', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(new Uint8Array(5000));
      } finally {
        closed = true;
      }
    }
    const chunks = new Chunker({ sizeMin: 64, sizeNormal: 256, sizeMax: 1024 }).chunks(source());
    for await (const chunk of chunks) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal(closed, true);
  });

  it('refuses limits that the reference refuses', () => {
    const usable = { sizeMin: 64, sizeNormal: 256, sizeMax: 1024 };
    checkChunkLimits(usable);
    const unusable: ChunkLimits[] = [
      { ...usable, sizeMin: 63 },
      { ...usable, sizeMin: 256 },
      { ...usable, sizeMin: 64.5 },
      { ...usable, sizeNormal: 300 },
      { ...usable, sizeMax: 256 },
      { ...usable, sizeMax: 2 ** 30 + 1 },
      { ...usable, sizeMax: Number.NaN },
    ];
    for (const limits of unusable) {
      assert.throws(
        () => new Chunker(limits),
        (error) => error instanceof FormatError && error.code === 'FORMAT_LIMIT',
        JSON.stringify(limits),
      );
    }
  });
});
