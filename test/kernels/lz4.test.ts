/**
 * The LZ4 kernels behind the frame format: against the portable ones in both directions, the `lz4` command, and hostile input: the
 * same verdict and bytes as the portable decoder.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { FormatError } from '../../src/errors.ts';
import type { Lz4Blocks } from '../../src/format/lz4-block.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../../src/format/lz4.ts';
import { xxhash32 } from '../../src/format/xxhash32.ts';
import { lz4 } from '../../src/kernels/index.ts';
import { kernelInstance } from '../../src/kernels/instance.ts';
import { generatedBytes } from '../format/generated-bytes.ts';

const fast: Lz4Blocks = {
  compress: lz4.compressBlockFast,
  decompress: lz4.decompressBlock,
  checksum: lz4.xxhash32,
};
const high: Lz4Blocks = { ...fast, compress: lz4.compressBlockHigh(lz4.HIGH_COMPRESSION_DEPTH) };

function assertEqualBytes(actual: Uint8Array, expected: Uint8Array, message?: string): void {
  assert.equal(actual.length, expected.length, message);
  assert.equal(Buffer.compare(actual, expected), 0, message);
}

const samples: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', new Uint8Array(0)],
  ['twelve equal bytes', new Uint8Array(12)],
  ['thirteen equal bytes', new Uint8Array(13)],
  ['text of 300 bytes', generatedBytes('text', 1, 300)],
  ['text of 64 KiB and one byte', generatedBytes('text', 2, (64 << 10) + 1)],
  ['text of 9 MB', generatedBytes('text', 3, 9_000_000)],
  ['noise of 300 KB', generatedBytes('noise', 4, 300_000)],
  ['zeros of 5 MB', new Uint8Array(5_000_000)],
];

for (const [name, blocks] of [
  ['fast', fast],
  ['high compression', high],
] as const) {
  describe(`LZ4 kernel, ${name}`, () => {
    for (const [sample, plain] of samples) {
      it(`round trip and portable decoder: ${sample}`, () => {
        const frame = encodeLz4Frame(plain, blocks);
        assertEqualBytes(decodeLz4Frame(frame, plain.length, blocks), plain);
        assertEqualBytes(decodeLz4Frame(frame, plain.length), plain);
        assertEqualBytes(decodeLz4Frame(encodeLz4Frame(plain), plain.length, blocks), plain);
      });
    }

    it('round trip of arbitrary bytes, also after each other', () => {
      const word = fc.uint8Array({ minLength: 1, maxLength: 40 });
      const repetitive = fc
        .tuple(fc.array(word, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(4), { maxLength: 120 }))
        .map(([words, order]) =>
          Uint8Array.from(order.flatMap((index) => [...(words[index % words.length] ?? [])])),
        );
      fc.assert(
        fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 600 })), (plain) => {
          const frame = encodeLz4Frame(plain, blocks);
          assertEqualBytes(decodeLz4Frame(frame, plain.length, blocks), plain);
          assertEqualBytes(decodeLz4Frame(frame, plain.length), plain);
        }),
        { numRuns: 500 },
      );
    });

    it('is read by the lz4 command', function () {
      for (const [sample, plain] of samples) {
        const result = spawnSync('lz4', ['-d', '-c'], {
          input: encodeLz4Frame(plain, blocks),
          maxBuffer: 64 << 20,
        });
        if (result.error !== undefined) {
          console.log(`      skipped: the lz4 command does not run (${result.error.message})`);
          this.skip();
        }
        assert.equal(result.status, 0, result.stderr.toString());
        assertEqualBytes(result.stdout, plain, sample);
      }
    });
  });
}

describe('LZ4 kernels', () => {
  it('compress more with high compression', () => {
    const text = generatedBytes('text', 6, 200_000);
    assert.ok(encodeLz4Frame(text, high).length < 0.8 * encodeLz4Frame(text, fast).length);
  });

  it('give the same verdict and bytes as the portable decoder on changed frames', () => {
    const frames = [
      encodeLz4Frame(generatedBytes('text', 7, 3000)),
      encodeLz4Frame(generatedBytes('zeros', 7, 100_000)),
      encodeLz4Frame(generatedBytes('text', 8, 2000), high),
      linkedFrame(),
    ];
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...frames), changes, (frame, edits) => {
        const changed = frame.slice();
        for (const [where, mask] of edits) {
          const at = 7 + (where % (changed.length - 7));
          changed[at] = (changed[at] ?? 0) ^ mask;
        }
        assert.deepEqual(verdict(changed, fast), verdict(changed));
      }),
      { numRuns: 4000, seed: 20_260_102 },
    );
  });

  it('follow matches of every small distance', () => {
    for (let distance = 1; distance <= 40; distance++) {
      const period = generatedBytes('noise', distance, distance);
      const plain = Uint8Array.from({ length: 700 }, (_, index) => period[index % distance] ?? 0);
      assertEqualBytes(decodeLz4Frame(encodeLz4Frame(plain), 700, fast), plain, `distance ${distance}`);
    }
  });
});

describe('LZ4 decoder kernel', () => {
  it('writes nothing beyond its limit and 32 bytes, whatever it reads', () => {
    const kernel = kernelInstance();
    const { functions, places } = kernel;
    const guard = new Uint8Array(70_000).fill(0xa5);
    const token = fc.constantFrom(0x00, 0x0f, 0x1f, 0x4f, 0xf0, 0xff, 0x11, 0x80);
    const input = fc.array(
      fc.oneof(token, fc.constantFrom(1, 2, 7, 8, 16, 255), fc.integer({ min: 0, max: 255 })),
      {
        minLength: 1,
        maxLength: 120,
      },
    );
    fc.assert(
      fc.property(input, fc.nat(600), (bytes, sizeMax) => {
        kernel.writeInput(Uint8Array.from(bytes));
        kernel.write(places.OUTPUT + sizeMax, guard);
        const length = functions.lz4Decode(places.INPUT, bytes.length, 0, sizeMax);
        assert.ok(length <= sizeMax);
        const beyond = kernel.view(places.OUTPUT + sizeMax + 32, guard.length - 32);
        assert.equal(Buffer.compare(beyond, guard.subarray(32)), 0);
      }),
      { numRuns: 5000, seed: 20_260_103 },
    );
  });
});

/** What decoding gives: the bytes, or the code of the error. */
function verdict(frame: Uint8Array, blocks?: Lz4Blocks): Uint8Array | string {
  try {
    return decodeLz4Frame(frame, 1 << 20, blocks);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.code;
  }
}

/** Two linked blocks, the second of which refers into the first. */
function linkedFrame(): Uint8Array {
  const descriptor = [0x40, 0x40];
  const checksum = (xxhash32(Uint8Array.from(descriptor)) >>> 8) & 0xff;
  const first = [0x80, 1, 2, 3, 4, 5, 6, 7, 8];
  const second = [0x0f, 8, 0, 40, 0x1f, 3, 0, 5, 0x50, 9, 9, 9, 9, 9];
  const block = (data: readonly number[]): number[] => [data.length, 0, 0, 0, ...data];
  return Uint8Array.from([
    4,
    0x22,
    0x4d,
    0x18,
    ...descriptor,
    checksum,
    ...block(first),
    ...block(second),
    0,
    0,
    0,
    0,
  ]);
}

describe('XXH32 kernel', () => {
  it('equals the portable one', () => {
    const bytes = generatedBytes('noise', 9, (4 << 20) + 100);
    for (const length of [0, 1, 3, 4, 15, 16, 17, 31, 32, 1000, 4 << 20, (4 << 20) + 1, (4 << 20) + 33]) {
      const input = bytes.subarray(0, length);
      assert.equal(lz4.xxhash32(input), xxhash32(input), `${length} bytes`);
    }
  });
});
