/** Area `bomb`: small archives that ask for much memory or time. */
import { concatBytes, encodeUtf8 } from '../../../src/format/bytes.ts';
import { encodeLz4Frame } from '../../../src/format/lz4.ts';
import { encodeGzip } from '../../../src/format/gzip.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import { xxhash32 } from '../../../src/format/xxhash32.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned, sample } from './area.ts';
import { edited } from './forge.ts';
import { objectOf, type PlannedTree, snapshotLine } from './planned-tree.ts';

const limit = fails('FORMAT_LIMIT', 'Encoding', 'read');
const damaged = fails('FORMAT_COMPRESSION', 'Encoding', 'read');
const CHUNK_MAX = 8 * 1024 * 1024;
const BLOCK = 4 * 1024 * 1024;

function u32(value: number): Uint8Array {
  return edited(new Uint8Array(4), (_, view) => view.setUint32(0, value, true));
}

/** The head of a frame with these flags and blocks of up to 4 MiB. */
function frameHead(flags = 0x60, rest = new Uint8Array()): Uint8Array {
  const descriptor = concatBytes([Uint8Array.of(flags, 0x70), rest]);
  return concatBytes([u32(0x184d2204), descriptor, Uint8Array.of((xxhash32(descriptor) >>> 8) & 0xff)]);
}

/** A block that decodes to 4 MiB of zeros. */
function zeroBlock(): Uint8Array {
  // One literal, then a match of distance 1 up to the last five literals.
  const matched = BLOCK - 1 - 5;
  const extra = matched - 4 - 15;
  const lengths = new Uint8Array(Math.floor(extra / 255) + 1).fill(255);
  lengths[lengths.length - 1] = extra % 255;
  const sequence = concatBytes([Uint8Array.of(0x1f, 0, 1, 0), lengths, Uint8Array.of(0x50, 0, 0, 0, 0, 0)]);
  return concatBytes([u32(sequence.length), sequence]);
}

/** A frame of `blocks` times 4 MiB of zeros. */
function zeroFrame(blocks: number): Uint8Array {
  const parts: Uint8Array[] = [frameHead()];
  const block = zeroBlock();
  for (let index = 0; index < blocks; index++) parts.push(block);
  return concatBytes([...parts, u32(0)]);
}

/** A file whose only chunk has these stored bytes and says that it has `size` bytes. */
function withStored(
  tree: PlannedTree,
  stored: Uint8Array,
  content: Uint8Array,
  size = content.length,
): PlannedTree {
  const object = objectOf(tree.forge, [content]);
  const id = object.chunks?.[0]?.contentMac ?? new Uint8Array(32);
  tree.forge.putStored(ResourceType.chunk, id, stored);
  return tree.content('/bomb', Math.min(size, CHUNK_MAX), {
    ...object,
    chunks: object.chunks?.map((chunk) => ({ ...chunk, length: Math.min(size, CHUNK_MAX) })) ?? null,
  });
}

async function* chunks(): AsyncGenerator<Case> {
  const few = encodeUtf8('few bytes');
  const frame = encodeLz4Frame(few);
  const body = frame.subarray(7);
  const cases: readonly (readonly [
    name: string,
    comment: string,
    stored: Uint8Array,
    expect: Expectation,
  ])[] = [
    ['lz4_12_mib', 'A chunk that decompresses to 12 MiB.', zeroFrame(3), limit],
    ['lz4_1_gib', 'A chunk that decompresses to 1 GiB.', zeroFrame(256), limit],
    [
      'lz4_frames',
      'A chunk of three frames of 4 MiB each.',
      concatBytes([zeroFrame(1), zeroFrame(1), zeroFrame(1)]),
      limit,
    ],
    [
      'lz4_content_size',
      'A frame that announces 2^63 bytes and has 9.',
      concatBytes([frameHead(0x68, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80)), body]),
      damaged,
    ],
    [
      'lz4_content_size_small',
      'A frame that announces 1 byte and has 9.',
      concatBytes([frameHead(0x68, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)), body]),
      damaged,
    ],
    [
      'lz4_block_size',
      'A block of 2^31 − 1 bytes, it says.',
      concatBytes([frameHead(), u32(0x7fff_ffff)]),
      damaged,
    ],
    [
      'lz4_stored_block_size',
      'A stored block of 2^31 − 1 bytes, it says.',
      concatBytes([frameHead(), u32(0xffff_ffff)]),
      damaged,
    ],
    [
      'lz4_block_above_frame',
      'A block of 4 MiB in a frame with blocks of 64 KiB.',
      edited(zeroFrame(1), (copy) => {
        copy[5] = 0x40;
        copy[6] = (xxhash32(copy.subarray(4, 6)) >>> 8) & 0xff;
      }),
      damaged,
    ],
    [
      'lz4_skippable',
      'A skippable frame of 2^32 − 1 bytes, it says.',
      concatBytes([u32(0x184d2a50), u32(0xffff_ffff)]),
      damaged,
    ],
    ['lz4_without_end', 'A frame without its end mark.', frame.subarray(0, -4), damaged],
    [
      'lz4_match_before_begin',
      'A match that begins before the content.',
      concatBytes([frameHead(), u32(10), Uint8Array.of(0x14, 0x61, 9, 0, 0x50, 1, 2, 3, 4, 5), u32(0)]),
      damaged,
    ],
    [
      'lz4_match_distance_zero',
      'A match of distance zero.',
      concatBytes([frameHead(), u32(10), Uint8Array.of(0x14, 0x61, 0, 0, 0x50, 1, 2, 3, 4, 5), u32(0)]),
      damaged,
    ],
    [
      'lz4_nothing',
      'A chunk of no stored bytes where nine are expected.',
      new Uint8Array(),
      fails('INTEGRITY_BLOB', 'Keys and sealing', 'read'),
    ],
  ];
  for (const [name, comment, stored, expect] of cases) {
    const tree = withStored(planned({ compression: 'LZ4' }), stored, few);
    await tree.snapshot();
    yield { name, comment, expect, archive: tree.forge.archive() };
  }
}

async function* others(): AsyncGenerator<Case> {
  const big = new Uint8Array(CHUNK_MAX + 1);
  const gzip = withStored(planned({ compression: 'GZIP' }), encodeGzip(big), big);
  await gzip.snapshot();
  yield {
    name: 'gzip_8_mib',
    comment: 'A GZIP chunk of one byte more than 8 MiB.',
    expect: limit,
    archive: gzip.forge.archive(),
  };
  const plain = withStored(planned(), big, big);
  await plain.snapshot();
  yield {
    name: 'chunk_8_mib',
    comment: 'A chunk of one byte more than 8 MiB, not compressed.',
    expect: limit,
    archive: plain.forge.archive(),
  };
  const most = planned();
  most.file('/bomb', big.subarray(1));
  const mostId = await most.snapshot();
  yield {
    name: 'chunk_limit',
    comment: 'A chunk of 8 MiB, the limit.',
    expect: { tree: [snapshotLine(mostId), ...most.lines()] },
    archive: most.forge.archive(),
  };

  const metadata = planned({ compression: 'LZ4' });
  const id = new Uint8Array(32).fill(7);
  metadata.forge.putStored(ResourceType.vfsEntry, id, zeroFrame(257));
  metadata.entries.set('/bomb', id);
  await metadata.snapshot();
  yield {
    name: 'entry_1_gib',
    comment: 'An entry that decompresses to more than 1 GiB.',
    expect: limit,
    archive: metadata.forge.archive(),
  };

  const whole = await sample({ compression: 'LZ4' });
  yield {
    name: 'state_4_gib',
    comment: 'A state that decompresses to more than 4 GiB.',
    expect: fails('FORMAT_LIMIT', 'Encoding', 'open'),
    archive: whole.forge.archive({ stateStored: () => zeroFrame(1025) }),
  };
}

async function* repetitions(): AsyncGenerator<Case> {
  const tree = planned();
  const chunk = encodeUtf8('again ');
  tree.chunkedFile(
    '/again',
    Array.from({ length: 1000 }, () => chunk),
  );
  const id = await tree.snapshot();
  yield {
    name: 'chunk_1000_times',
    comment: 'A file of one chunk a thousand times: valid, and a reader caches or not.',
    expect: { tree: [snapshotLine(id), ...tree.lines()] },
    archive: tree.forge.archive(),
  };
  const enormous = planned();
  const zeros = new Uint8Array(1024 * 1024);
  enormous.forge.put(ResourceType.chunk, zeros);
  const object = objectOf(enormous.forge, [zeros]);
  const [only] = object.chunks ?? [];
  enormous.content('/16-gib', 16 * 1024 ** 3 + 1, {
    ...object,
    chunks: Array.from({ length: 16_384 }, () => only!),
  });
  await enormous.snapshot();
  yield {
    name: 'chunk_16384_times',
    comment:
      'An entry of one byte more than the 16 GiB of its object, which names one chunk 16 384 times: the sizes tell before a byte is read.',
    expect: fails('INTEGRITY_SNAPSHOT', 'Snapshot', 'read'),
    archive: enormous.forge.archive(),
  };
}

/** All vectors of the area. */
export async function bomb(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* chunks();
    yield* others();
    yield* repetitions();
  }
  return area('bomb', all());
}
