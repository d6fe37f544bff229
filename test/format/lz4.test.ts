/**
 * LZ4 frames: both ways against the reference (vectors) and the `lz4` command, round trips, and hostile input: nothing but
 * FormatError, nothing beyond the limit.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { FormatError, type FormatErrorCode } from '../../src/errors.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../../src/format/lz4.ts';
import { xxhash32 } from '../../src/format/xxhash32.ts';
import { generatedBytes, type GeneratedKind } from './generated-bytes.ts';

const SIZE_MAX = 16 << 20;

interface FrameVector {
  readonly name: string;
  readonly generator: GeneratedKind;
  readonly seed: number;
  readonly size: number;
  readonly frame: string;
}

const vectors = JSON.parse(readFileSync(new URL('vectors/lz4.json', import.meta.url), 'utf8')) as {
  readonly frames: readonly FrameVector[];
};

function vectorFrame(name: string): Uint8Array {
  const vector = vectors.frames.find((candidate) => candidate.name === name);
  assert.ok(vector, name);
  return new Uint8Array(Buffer.from(vector.frame, 'base64'));
}

function assertEqualBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  assert.equal(Buffer.compare(actual, expected), 0);
}

function refuses(code: FormatErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof FormatError && error.code === code;
}

/** A frame around `blocks` (size word and data each): flags as given, 64 KiB blocks, an end mark. */
function frameOf(flags: number, ...blocks: number[][]): Uint8Array {
  const descriptor = [flags, 0x40];
  const checksum = (xxhash32(Uint8Array.from(descriptor)) >>> 8) & 0xff;
  return Uint8Array.from([0x04, 0x22, 0x4d, 0x18, ...descriptor, checksum, ...blocks.flat(), 0, 0, 0, 0]);
}

function block(...data: number[]): number[] {
  return [data.length, 0, 0, 0, ...data];
}

/** Runs the `lz4` command over `input`, `undefined` where it is not installed. */
function runLz4(options: readonly string[], input: Uint8Array): Uint8Array | undefined {
  const result = spawnSync('lz4', [...options, '-c'], { input, maxBuffer: 64 << 20 });
  if (result.error !== undefined && 'code' in result.error && result.error.code === 'ENOENT') {
    return undefined;
  }
  assert.equal(result.status, 0, result.stderr.toString());
  return result.stdout;
}

const samples: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', new Uint8Array(0)],
  ['one byte', Uint8Array.of(7)],
  ['twelve equal bytes', new Uint8Array(12)],
  ['text of 300 bytes', generatedBytes('text', 1, 300)],
  ['text of 64 KiB and one byte', generatedBytes('text', 2, (64 << 10) + 1)],
  ['text of 9 MB', generatedBytes('text', 3, 9_000_000)],
  ['noise of 300 KB', generatedBytes('noise', 4, 300_000)],
  ['zeros of 5 MB', new Uint8Array(5_000_000)],
  [
    'noise, then the same again',
    Uint8Array.of(...generatedBytes('noise', 5, 30_000), ...generatedBytes('noise', 5, 30_000)),
  ],
];

describe('LZ4 frames', () => {
  for (const { name, generator, seed, size, frame } of vectors.frames) {
    it(`reads what the reference wrote: ${name}`, () => {
      assertEqualBytes(
        decodeLz4Frame(Buffer.from(frame, 'base64'), size),
        generatedBytes(generator, seed, size),
      );
    });
  }

  for (const [name, plain] of samples) {
    it(`round trip: ${name}`, () => {
      const frame = encodeLz4Frame(plain);
      assertEqualBytes(decodeLz4Frame(frame, plain.length), plain);
      assert.ok(frame.length <= plain.length + 11 + 4 * Math.max(1, Math.ceil(plain.length / (64 << 10))));
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
        assertEqualBytes(decodeLz4Frame(encodeLz4Frame(plain), plain.length), plain);
      }),
      { numRuns: 500 },
    );
  });

  it('compresses text and keeps noise at its size', () => {
    assert.ok(encodeLz4Frame(generatedBytes('text', 6, 100_000)).length < 60_000);
    assert.equal(encodeLz4Frame(generatedBytes('noise', 6, 50_000)).length, 50_000 + 15);
  });

  it('is read by the lz4 command', function () {
    for (const [, plain] of samples) {
      const decoded = runLz4(['-d'], encodeLz4Frame(plain));
      if (decoded === undefined) {
        console.log('      skipped: the lz4 command is not installed');
        this.skip();
      }
      assertEqualBytes(decoded, plain);
    }
  });

  it('reads what the lz4 command writes', function () {
    const optionSets = [
      [],
      ['-9'],
      ['-B4', '-BD', '-9'],
      ['-BD', '-B4'],
      ['-B4', '-BX', '--content-size'],
      ['--no-frame-crc'],
    ];
    for (const options of optionSets) {
      for (const [, plain] of samples) {
        const frame = runLz4(options, plain);
        if (frame === undefined) {
          console.log('      skipped: the lz4 command is not installed');
          this.skip();
        }
        assertEqualBytes(decodeLz4Frame(frame, SIZE_MAX), plain);
      }
    }
  });

  it('reads frames one after another and skips skippable ones', () => {
    const one = encodeLz4Frame(Uint8Array.of(1, 2, 3));
    const skippable = Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 0xff, 0xff);
    const other = vectorFrame('one-byte');
    const joined = Uint8Array.of(...skippable, ...one, ...skippable, ...other);
    assert.deepEqual(decodeLz4Frame(joined, 4), Uint8Array.of(1, 2, 3, 99));
    assert.throws(() => decodeLz4Frame(joined, 3), refuses('FORMAT_LIMIT'));
    assert.deepEqual(decodeLz4Frame(new Uint8Array(0), 0), new Uint8Array(0));
  });

  it('lets a match reach into the block before only where blocks are linked', () => {
    const first = block(0x40, 1, 2, 3, 4);
    const second = block(0x00, 4, 0, 0x10, 9); // a match of 4 at distance 4, then a literal
    assert.deepEqual(
      decodeLz4Frame(frameOf(0x40, first, second), 9),
      Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4, 9),
    );
    assert.throws(() => decodeLz4Frame(frameOf(0x60, first, second), 9), refuses('FORMAT_COMPRESSION'));
  });

  it('does not let a match reach into the frame before', () => {
    const first = frameOf(0x40, block(0x40, 1, 2, 3, 4));
    const second = frameOf(0x40, block(0x00, 4, 0, 0x10, 9));
    assert.throws(
      () => decodeLz4Frame(Uint8Array.of(...first, ...second), 99),
      refuses('FORMAT_COMPRESSION'),
    );
  });

  it('stops at the limit before it allocates', () => {
    const bomb = encodeLz4Frame(new Uint8Array(4 << 20));
    assert.throws(() => decodeLz4Frame(bomb, (4 << 20) - 1), refuses('FORMAT_LIMIT'));
    assert.equal(decodeLz4Frame(bomb, 4 << 20).length, 4 << 20);
    const announced = vectorFrame('content-size');
    assert.throws(() => decodeLz4Frame(announced, 4999), refuses('FORMAT_LIMIT'));
  });

  const malformed: readonly (readonly [string, Uint8Array, FormatErrorCode])[] = [
    ['a foreign magic number', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 'FORMAT_COMPRESSION'],
    ['a legacy frame', Uint8Array.of(0x02, 0x21, 0x4c, 0x18, 0, 0, 0, 0), 'FORMAT_UNSUPPORTED'],
    ['a later version', frameOf(0x80), 'FORMAT_UNSUPPORTED'],
    ['a dictionary', frameOf(0x61), 'FORMAT_UNSUPPORTED'],
    ['a reserved bit', frameOf(0x62), 'FORMAT_COMPRESSION'],
    ['a match without anything before it', frameOf(0x60, block(0x00, 1, 0)), 'FORMAT_COMPRESSION'],
    ['a match of distance 0', frameOf(0x60, block(0x10, 7, 0, 0)), 'FORMAT_COMPRESSION'],
    ['literals that are cut off', frameOf(0x60, block(0x40, 1, 2, 3)), 'FORMAT_COMPRESSION'],
    ['a length that is cut off', frameOf(0x60, block(0xf0, 255)), 'FORMAT_COMPRESSION'],
    ['a match that is cut off', frameOf(0x60, block(0x10, 7, 1)), 'FORMAT_COMPRESSION'],
    [
      'a block above the block size',
      frameOf(0x60, [0x01, 0, 1, 0x80, ...new Uint8Array(65_537)]),
      'FORMAT_COMPRESSION',
    ],
    [
      'a skippable frame that is cut off',
      Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0),
      'FORMAT_COMPRESSION',
    ],
  ];
  for (const [name, frame, code] of malformed) {
    it(`refuses ${name}`, () => {
      assert.throws(() => decodeLz4Frame(frame, SIZE_MAX), refuses(code));
    });
  }

  for (const [name, position] of [
    ['header checksum', 6],
    ['content checksum', -1],
  ] as const) {
    it(`refuses a wrong ${name}`, () => {
      const frame = vectorFrame('text-defaults');
      const at = position < 0 ? frame.length + position : position;
      frame[at] = (frame[at] ?? 0) ^ 1;
      assert.throws(() => decodeLz4Frame(frame, SIZE_MAX), refuses('FORMAT_COMPRESSION'));
    });
  }

  it('refuses a wrong block checksum and a wrong content size', () => {
    const checked = vectorFrame('block-checksums');
    checked[20] = (checked[20] ?? 0) ^ 0x40;
    assert.throws(() => decodeLz4Frame(checked, SIZE_MAX), refuses('FORMAT_COMPRESSION'));
    const sized = vectorFrame('content-size');
    sized[6] = (sized[6] ?? 0) ^ 1;
    sized[14] = (xxhash32(sized.subarray(4, 14)) >>> 8) & 0xff;
    assert.throws(() => decodeLz4Frame(sized, SIZE_MAX), refuses('FORMAT_COMPRESSION'));
  });

  it('refuses every truncation', () => {
    for (const name of ['text-defaults', 'block-checksums', 'content-size', 'no-content-checksum']) {
      const frame = vectorFrame(name);
      for (let length = 1; length < frame.length; length += 1 + Math.floor(length / 50)) {
        assert.throws(
          () => decodeLz4Frame(frame.subarray(0, length), SIZE_MAX),
          refuses('FORMAT_COMPRESSION'),
          `${name} ${length}`,
        );
      }
    }
  });

  it('answers changed input with FormatError or bytes within the limit', () => {
    const frames = ['text-defaults', 'no-content-checksum', 'zeros', 'text-level-9'].map(vectorFrame);
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.constantFrom(...frames), changes, (frame, edits) => {
        const changed = frame.slice();
        for (const [where, mask] of edits) {
          const at = 7 + (where % (changed.length - 7));
          changed[at] = (changed[at] ?? 0) ^ mask;
        }
        try {
          assert.ok(decodeLz4Frame(changed, 1 << 20).length <= 1 << 20);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: 3000, seed: 20_260_101 },
    );
  });
});

describe('xxHash32', () => {
  it('gives the values of the reference implementation', () => {
    // From the frames of the reference: header checksums and content checksums (vectors), and the empty input's value.
    assert.equal(xxhash32(new Uint8Array(0)), 0x02cc5d05);
    const frame = Buffer.from(vectorFrame('text-defaults'));
    assert.equal(xxhash32(generatedBytes('text', 7, 3000)), frame.readUInt32LE(frame.length - 4));
  });
});
