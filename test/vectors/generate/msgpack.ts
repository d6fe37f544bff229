/** Area `msgpack`: records that are encoded otherwise than they must be. */
import { concatBytes, encodeUtf8 } from '../../../src/format/bytes.ts';
import { encodeConfiguration } from '../../../src/format/configuration.ts';
import { encodeEntry } from '../../../src/format/entry.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import { encodeSnapshotHeader } from '../../../src/format/snapshot-header.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned, sample, type Sample } from './area.ts';
import { edited } from './forge.ts';
import { entryAt, snapshotLine } from './planned-tree.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const field = (name: string): Uint8Array =>
  concatBytes([Uint8Array.of(0xa0 | name.length), encodeUtf8(name)]);

/** `bytes` with what stands at the only occurrence of `from` replaced. */
function replaced(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(from);
  if (at < 0) throw new Error(`no ${Buffer.from(from).toString('hex')}`);
  return concatBytes([bytes.subarray(0, at), to, bytes.subarray(at + from.length)]);
}

/** A record with one more field in front. `bytes` begins with a map of less than 15 fields. */
function withField(bytes: Uint8Array, name: string, value: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of((bytes[0] ?? 0) + 1), field(name), value, bytes.subarray(1)]);
}

const encoding = fails('FORMAT_ENCODING', 'Conventions', 'read');
const limit = fails('FORMAT_LIMIT', 'Limits', 'read');
const nested = (depth: number): Uint8Array => concatBytes([new Uint8Array(depth).fill(0x91), hex('c0')]);

type EntryCase = readonly [
  name: string,
  comment: string,
  expect: Expectation | 'tree',
  change: (bytes: Uint8Array) => Uint8Array,
];

const ENTRIES: readonly EntryCase[] = [
  [
    'unknown_field',
    'An unknown field is skipped.',
    'tree',
    (e) => withField(e, 'future', hex('82 a161 93c0c2c3 a162 cb3ff0000000000000')),
  ],
  [
    'unknown_field_twice',
    'An unknown field may come twice.',
    'tree',
    (e) => withField(withField(e, 'future', hex('c0')), 'future', hex('c0')),
  ],
  [
    'field_twice',
    'A known field comes twice, with two values.',
    encoding,
    (e) => withField(e, 'parent_path', hex('a22f78')),
  ],
  [
    'field_twice_equal',
    'A known field comes twice with the same value.',
    encoding,
    (e) => withField(e, 'parent_path', hex('a12f')),
  ],
  [
    'depth_15',
    'Lists 15 deep in an unknown field: with the record itself 16, the limit.',
    'tree',
    (e) => withField(e, 'future', nested(15)),
  ],
  [
    'depth_16',
    'Lists 16 deep in an unknown field: with the record itself 17.',
    limit,
    (e) => withField(e, 'future', nested(16)),
  ],
  [
    'depth_100000',
    'Lists 100 000 deep: a recursive reader runs out of stack.',
    limit,
    (e) => withField(e, 'future', nested(100_000)),
  ],
  [
    'array_count',
    'A list of 2^32 − 1 elements in a few bytes.',
    encoding,
    (e) => withField(e, 'future', hex('dd ffffffff')),
  ],
  [
    'map_count',
    'A map of 2^32 − 1 pairs in a few bytes.',
    encoding,
    (e) => withField(e, 'future', hex('df ffffffff')),
  ],
  [
    'map_count_half',
    'A map of as many pairs as there are bytes left.',
    encoding,
    (e) => withField(e, 'future', hex('de 0080')),
  ],
  [
    'string_length',
    'A string of 2^32 − 1 bytes.',
    encoding,
    (e) => withField(e, 'future', hex('db ffffffff')),
  ],
  ['bytes_length', 'Bytes of length 2^31.', encoding, (e) => withField(e, 'future', hex('c6 80000000'))],
  [
    'extension',
    'An extension of an unknown type.',
    encoding,
    (e) => withField(e, 'future', hex('d6 01 00000000')),
  ],
  [
    'extension_long',
    'An extension of 2^32 − 1 bytes.',
    encoding,
    (e) => withField(e, 'future', hex('c9 ffffffff ff')),
  ],
  ['float32', 'A float of four bytes.', 'tree', (e) => withField(e, 'future', hex('ca 00000000'))],
  [
    'short',
    'Numbers in their shortest form, and no field that is zero.',
    'tree',
    () => encodeEntry(entryAt('/d', 0x8000_01ed), 'short'),
  ],
  [
    'reserved_tag',
    'The tag c1, which msgpack never uses.',
    encoding,
    (e) => withField(e, 'future', hex('c1')),
  ],
  [
    'key_not_string',
    'A key that is a number.',
    encoding,
    (e) => concatBytes([Uint8Array.of((e[0] ?? 0) + 1), hex('01 c0'), e.subarray(1)]),
  ],
  ['bytes_behind', 'A byte behind the record.', encoding, (e) => concatBytes([e, hex('c0')])],
  ['record_twice', 'The record is there twice.', encoding, (e) => concatBytes([e, e])],
  ['empty', 'A record of no bytes.', encoding, () => new Uint8Array()],
  ['nil', 'Nil instead of the record.', encoding, () => hex('c0')],
  ['array', 'A list instead of the record.', encoding, () => hex('90')],
  [
    'map_head_long',
    'The head of a map in three bytes where one serves.',
    encoding,
    (e) => concatBytes([hex('de00'), Uint8Array.of((e[0] ?? 0) & 0x0f), e.subarray(1)]),
  ],
  [
    'string_head_long',
    'The head of a string in two bytes where one serves.',
    encoding,
    (e) => replaced(e, hex('ab706172656e745f70617468 a12f'), hex('ab706172656e745f70617468 d9012f')),
  ],
  [
    'u32_short',
    'A u32 in the form of a small int, the shortest.',
    'tree',
    (e) =>
      replaced(e, concatBytes([field('flags'), hex('ce00000000')]), concatBytes([field('flags'), hex('00')])),
  ],
  [
    'u32_neither',
    'A u32 in two bytes: neither the shortest form nor the whole.',
    encoding,
    (e) =>
      replaced(
        e,
        concatBytes([field('flags'), hex('ce00000000')]),
        concatBytes([field('flags'), hex('cd0000')]),
      ),
  ],
  [
    'u32_above',
    'A u32 of 2^32, in eight bytes.',
    encoding,
    (e) =>
      replaced(
        e,
        concatBytes([field('flags'), hex('ce00000000')]),
        concatBytes([field('flags'), hex('cf0000000100000000')]),
      ),
  ],
  [
    'u64_as_i64',
    'A u64 in the form of an i64.',
    encoding,
    (e) => replaced(e, concatBytes([field('uid'), hex('cf')]), concatBytes([field('uid'), hex('d3')])),
  ],
  [
    'size_above_2_53',
    'A size of 2^53.',
    limit,
    (e) =>
      replaced(
        e,
        concatBytes([field('size'), hex('d30000000000000000')]),
        concatBytes([field('size'), hex('d30020000000000000')]),
      ),
  ],
  [
    'nanoseconds',
    'A time with 10^9 nanoseconds.',
    encoding,
    (e) =>
      replaced(
        e,
        concatBytes([field('mod_time'), hex('d6ff6b01a4e2')]),
        concatBytes([field('mod_time'), hex('d7ff ee6b2800 6b01a4e2')]),
      ),
  ],
  [
    'fixed_short',
    'An id of 31 bytes.',
    encoding,
    (e) =>
      replaced(
        e,
        concatBytes([field('object'), hex('c420 00')]),
        concatBytes([field('object'), hex('c41f')]),
      ),
  ],
  [
    'fixed_nil',
    'Nil where an id belongs.',
    encoding,
    (e) =>
      replaced(
        e,
        concatBytes([field('object'), hex('c420'), new Uint8Array(32)]),
        concatBytes([field('object'), hex('c0')]),
      ),
  ],
  [
    'string_nil',
    'Nil where a string belongs.',
    encoding,
    (e) =>
      replaced(
        e,
        concatBytes([field('parent_path'), hex('a12f')]),
        concatBytes([field('parent_path'), hex('c0')]),
      ),
  ],
];

async function* entries(): AsyncGenerator<Case> {
  for (const [name, comment, expect, change] of ENTRIES) {
    const tree = planned().directory('/d');
    tree.entryBytes('/d', change(encodeEntry(entryAt('/d', 0x8000_01ed))));
    const id = await tree.snapshot();
    const outcome = expect === 'tree' ? { tree: [snapshotLine(id), ...tree.lines()] } : expect;
    yield { name: `entry_${name}`, comment, expect: outcome, archive: tree.forge.archive() };
  }
}

async function* headers(): AsyncGenerator<Case> {
  const header = async (
    name: string,
    comment: string,
    change: (bytes: Uint8Array) => Uint8Array,
  ): Promise<Case> => {
    const tree = planned();
    const { forge } = tree;
    const made = await tree.header();
    forge.putAs(ResourceType.snapshot, made.identifier, change(encodeSnapshotHeader(made)));
    return {
      name: `header_${name}`,
      comment,
      expect: fails('FORMAT_ENCODING', 'Conventions', 'snapshot'),
      archive: forge.archive(),
    };
  };
  yield header('empty', 'A header of no bytes.', () => new Uint8Array());
  yield header('count', 'A header with 65 535 fields, it says.', (bytes) =>
    concatBytes([hex('deffff'), bytes.subarray(3)]),
  );
  yield header('one_field_less', 'A header that says one field less than it has.', (bytes) =>
    edited(bytes, (copy) => (copy[2] = (copy[2] ?? 0) - 1)),
  );
}

function* configurations({ forge, expect }: Sample): Generator<Case> {
  const failure = fails('FORMAT_ENCODING', 'Conventions', 'open');
  const configuration = (
    name: string,
    comment: string,
    outcome: Expectation,
    change: (bytes: Uint8Array) => Uint8Array,
  ): Case => ({
    name: `configuration_${name}`,
    comment,
    expect: outcome,
    archive: forge.archive({ configurationBytes: change }),
  });
  yield configuration('empty', 'A configuration without data.', failure, () => new Uint8Array());
  yield configuration('bytes_behind', 'A byte behind the configuration.', failure, (bytes) =>
    concatBytes([bytes, hex('c0')]),
  );
  yield configuration('unknown_field', 'An unknown field is skipped.', expect, (bytes) =>
    withField(bytes, 'Future', hex('c3')),
  );
  yield configuration('field_twice', 'Compression comes twice: nil, and LZ4.', failure, (bytes) =>
    withField(bytes, 'Compression', hex('81a9416c676f726974686da34c5a34')),
  );
  yield configuration('depth', 'Lists 100 deep.', fails('FORMAT_LIMIT', 'Limits', 'open'), (bytes) =>
    withField(bytes, 'Future', nested(100)),
  );
  yield configuration('repository_id_short', 'A RepositoryID of 15 bytes.', failure, (bytes) =>
    replaced(
      bytes,
      concatBytes([field('RepositoryID'), hex('c410')]),
      concatBytes([field('RepositoryID'), hex('c40f')]),
    ),
  );
}

/** All vectors of the area. */
export async function msgpack(): Promise<Vector[]> {
  const whole = await sample();
  // The encoder of these vectors and the constants in them must not drift apart.
  if (encodeConfiguration(whole.forge.configuration)[0] !== 0x87) throw new Error('seven fields');
  async function* all(): AsyncGenerator<Case> {
    yield* entries();
    yield* headers();
    yield* configurations(whole);
  }
  return area('msgpack', all());
}
