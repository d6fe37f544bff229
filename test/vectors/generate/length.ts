/** Area `length`: lengths, counts and sizes that lie, overflow or exceed. */
import { concatBytes, encodeUtf8 } from '../../../src/format/bytes.ts';
import { joinContainer } from '../../../src/format/container.ts';
import { encodeXattr, xattrKey } from '../../../src/format/entry.ts';
import { encodeObject, type StoredObject } from '../../../src/format/object.ts';
import { ResourceType, VERSION_1_0_0 } from '../../../src/format/resource-type.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, sample, type Sample } from './area.ts';
import { edited, withoutIds } from './forge.ts';
import { locationOf } from './offset.ts';
import { objectOf, type PlannedTree } from './planned-tree.ts';

function* trailers({ forge }: Sample): Generator<Case> {
  const whole = forge.archive();
  const { configuration, packfile, state } = forge.parts();
  const trailer = (name: string, comment: string, slot: number, value: bigint): Case => ({
    name: `trailer_${name}`,
    comment,
    expect: fails('FORMAT_LAYOUT', 'Container', 'open'),
    archive: edited(whole, (copy, view) => view.setBigInt64(copy.length - 48 + slot * 8, value, true)),
  });
  yield trailer('configuration_zero', 'The trailer gives the configuration no bytes.', 1, 0n);
  yield trailer(
    'configuration_47',
    'The trailer gives the configuration less than an empty wrapped object.',
    1,
    47n,
  );
  yield trailer('packfile_negative', 'The length of the packfile is −1.', 3, -1n);
  yield trailer('packfile_beyond', 'The packfile reaches beyond the trailer.', 3, BigInt(whole.length));
  yield trailer('packfile_short', 'The packfile ends one byte early.', 3, BigInt(packfile.length - 1));
  yield trailer(
    'state_most',
    'The length of the state is the greatest i64: offset and length overflow.',
    5,
    (1n << 63n) - 1n,
  );
  yield trailer('state_long', 'The state reaches one byte into the trailer.', 5, BigInt(state.length + 1));
  yield trailer(
    'state_plus_2_32',
    'The length of the state is its own plus 2^32.',
    5,
    BigInt(state.length) + (1n << 32n),
  );
  yield trailer('state_short', 'The state ends one byte before the trailer.', 5, BigInt(state.length - 1));
  for (const [name, comment, given] of [
    [
      'configuration_none',
      'The trailer gives the configuration no bytes and all of them to the packfile: it fits the file.',
      0,
    ],
    [
      'configuration_less_than_none',
      'The trailer gives the configuration −4 bytes and the packfile the more: it fits the file.',
      -4,
    ],
  ] as const) {
    yield {
      name: `trailer_${name}`,
      comment,
      expect: fails('FORMAT_LAYOUT', 'Container', 'open'),
      archive: edited(whole, (copy, view) => {
        const at = copy.length - 48;
        const packfileStart = 12 + given;
        view.setBigInt64(at + 8, BigInt(given), true);
        view.setBigInt64(at + 16, BigInt(packfileStart), true);
        view.setBigInt64(at + 24, BigInt(12 + configuration.length + packfile.length - packfileStart), true);
      }),
    };
  }
  yield {
    name: 'configuration_above_limit',
    comment: 'A configuration of one byte more than 32 KiB.',
    expect: fails('FORMAT_LIMIT', 'Limits', 'open'),
    archive: joinContainer(
      concatBytes([configuration, new Uint8Array(32_769 - configuration.length)]),
      packfile,
      state,
    ),
  };
}

function* states({ forge, expect }: Sample): Generator<Case> {
  const state = (
    name: string,
    comment: string,
    outcome: Expectation,
    change: (bytes: Uint8Array) => Uint8Array,
  ): Case => ({
    name: `state_${name}`,
    comment,
    expect: outcome,
    archive: forge.archive({ state: change }),
  });
  const entry = (type: number, data: Uint8Array, length = data.length): Uint8Array => {
    const head = edited(new Uint8Array(5), (copy, view) => {
      copy[0] = type;
      view.setUint32(1, length, true);
    });
    return concatBytes([head, data]);
  };
  const inserted = (item: Uint8Array) => (bytes: Uint8Array) =>
    concatBytes([bytes.subarray(0, 32), item, bytes.subarray(32)]);
  const truncated = fails('FORMAT_TRUNCATED', 'State', 'open');
  const encoding = fails('FORMAT_ENCODING', 'State', 'open');
  const layout = fails('FORMAT_LAYOUT', 'State', 'open');
  const chunk = locationOf(forge, ResourceType.chunk);
  yield state(
    'entry_most',
    'An entry of 2^32 − 1 bytes.',
    truncated,
    inserted(entry(77, new Uint8Array(), 0xffff_ffff)),
  );
  yield state(
    'location_84',
    'A LOCATIONS entry of 84 bytes.',
    encoding,
    inserted(entry(2, new Uint8Array(84))),
  );
  yield state(
    'location_86',
    'A LOCATIONS entry of 86 bytes.',
    encoding,
    inserted(entry(2, new Uint8Array(86))),
  );
  yield state(
    'coloured_40',
    'A COLOURED entry of 40 bytes.',
    encoding,
    inserted(entry(3, new Uint8Array(40))),
  );
  yield state('packfile_0', 'A PACKFILE entry without data.', encoding, inserted(entry(4, new Uint8Array())));
  yield state('delete_67', 'A DELETE entry of 67 bytes.', encoding, inserted(entry(6, new Uint8Array(67))));
  yield state(
    'configuration_key',
    'A CONFIGURATION entry whose key is longer than the entry.',
    encoding,
    inserted(entry(5, Uint8Array.of(255, ...new Uint8Array(20)))),
  );
  yield state(
    'configuration_value',
    'A CONFIGURATION entry whose value is longer than the entry.',
    encoding,
    inserted(entry(5, Uint8Array.of(0, 255, 255, ...new Uint8Array(20)))),
  );
  yield state(
    'unknown_entry',
    'An entry of an unknown type is passed over.',
    expect,
    inserted(entry(77, new Uint8Array(300))),
  );
  yield state(
    'delete_first',
    'A DELETE entry before everything else has no effect.',
    expect,
    inserted(entry(6, Uint8Array.of(2, ResourceType.chunk, ...new Uint8Array(64)))),
  );
  yield state('delete_late', 'A DELETE entry behind a location.', layout, (bytes) =>
    concatBytes([bytes.subarray(0, 122), entry(6, new Uint8Array(66)), bytes.subarray(122)]),
  );
  yield state('bytes_behind', 'A byte behind the metadata.', layout, (bytes) =>
    concatBytes([bytes, new Uint8Array(1)]),
  );
  yield state('location_length_most', 'A location of 2^32 − 1 bytes.', layout, (bytes) =>
    edited(bytes, (_, view) => view.setUint32(chunk + 77, 0xffff_ffff, true)),
  );
  yield state(
    'location_length_short',
    'A location that leaves out the last byte of a chunk.',
    fails('INTEGRITY_BLOB', 'Keys and sealing', 'read'),
    (bytes) =>
      edited(bytes, (_, view) => view.setUint32(chunk + 77, view.getUint32(chunk + 77, true) - 1, true)),
  );
  yield state(
    'location_length_long',
    'A location that takes in the byte behind a chunk.',
    fails('INTEGRITY_BLOB', 'Keys and sealing', 'read'),
    (bytes) =>
      edited(bytes, (_, view) => view.setUint32(chunk + 77, view.getUint32(chunk + 77, true) + 1, true)),
  );
}

function* packfiles({ forge }: Sample): Generator<Case> {
  const check = fails('FORMAT_LAYOUT', 'Packfile', 'check');
  const footerLength = (value: number) => (data: Uint8Array) =>
    edited(data, (copy, view) => view.setUint32(copy.length - 4, value, true));
  yield {
    name: 'footer_most',
    comment: 'A footer of 2^32 − 1 bytes.',
    expect: check,
    archive: forge.archive({ packfile: footerLength(0xffff_ffff) }),
  };
  yield {
    name: 'footer_zero',
    comment: 'A footer of no bytes.',
    expect: check,
    archive: forge.archive({ packfile: footerLength(0) }),
  };
  yield {
    name: 'footer_55',
    comment: 'A footer of 55 bytes.',
    expect: check,
    archive: forge.archive({ footer: (bytes) => bytes.slice(1) }),
  };
  yield {
    name: 'footer_count',
    comment: 'The footer counts one blob, the index has more.',
    expect: check,
    archive: forge.archive({
      footer: (bytes) => edited(bytes, (_, view) => view.setUint32(8, 1, true)),
    }),
  };
  yield {
    name: 'index_not_multiple',
    comment: 'The index is one byte short of a record.',
    expect: check,
    archive: forge.archive({ index: (bytes) => bytes.slice(1) }),
  };
  yield {
    name: 'index_record_missing',
    comment: 'The index lacks a blob that the state has; footer and MAC are right for it.',
    expect: fails('INTEGRITY_MISSING', 'Packfile', 'check'),
    archive: forge.archive({ index: (bytes) => bytes.slice(56) }),
  };
  yield {
    name: 'index_record_twice',
    comment: 'The index has one blob twice and another not at all: the count is right.',
    expect: fails('INTEGRITY_MISSING', 'Packfile', 'check'),
    archive: forge.archive({ index: (bytes) => edited(bytes, (copy) => copy.copyWithin(0, 56, 112)) }),
  };
  yield {
    name: 'index_place_twice',
    comment: 'An index without ids has one place twice and another not at all.',
    expect: fails('INTEGRITY_MISSING', 'Packfile', 'check'),
    archive: forge.archive({
      index: (bytes) => edited(withoutIds(bytes), (copy) => copy.copyWithin(0, 56, 112)),
    }),
  };
}

const contradiction = fails('INTEGRITY_SNAPSHOT', 'Snapshot', 'read');

async function* contents(): AsyncGenerator<Case> {
  const made = async (
    name: string,
    comment: string,
    expect: Expectation,
    plan: (tree: PlannedTree) => PlannedTree,
  ): Promise<Case> => {
    const { forge } = await sample({}, plan);
    return { name, comment, expect, archive: forge.archive() };
  };
  const bytes = encodeUtf8('content');
  const withObject =
    (size: number, change: (object: StoredObject) => StoredObject) => (tree: PlannedTree) => {
      tree.forge.put(ResourceType.chunk, bytes);
      return tree.content('/file', size, change(objectOf(tree.forge, [bytes])));
    };
  const chunkLength = (length: number) => (object: StoredObject) => ({
    ...object,
    chunks: object.chunks?.map((chunk) => ({ ...chunk, length })) ?? null,
  });
  yield made(
    'entry_size_above',
    'An entry has one byte more than its object.',
    contradiction,
    withObject(8, (object) => object),
  );
  yield made(
    'entry_size_below',
    'An entry has one byte less than its object.',
    contradiction,
    withObject(6, (object) => object),
  );
  yield made(
    'entry_size_negative',
    'An entry of −1 bytes.',
    contradiction,
    withObject(-1, (object) => object),
  );
  yield made(
    'chunk_length_above',
    'Object and entry give a chunk one byte more than it has.',
    contradiction,
    withObject(8, chunkLength(8)),
  );
  yield made(
    'chunk_length_below',
    'Object and entry give a chunk one byte less than it has.',
    contradiction,
    withObject(6, chunkLength(6)),
  );
  yield made(
    'chunk_length_limit',
    'A chunk is said to have more than 8 MiB.',
    fails('FORMAT_LIMIT', 'Limits', 'read'),
    withObject(8_388_609, chunkLength(8_388_609)),
  );
  yield made(
    'object_without_chunks',
    'A file of 7 bytes whose object has no chunks.',
    contradiction,
    withObject(7, (object) => ({ ...object, chunks: null })),
  );
  yield made('object_missing', 'A file of 7 bytes without an object.', contradiction, (tree) =>
    tree.file('/file', 'content', (entry) => ({ ...entry, object: new Uint8Array(32) })),
  );
  yield made('object_mac', 'The MAC of a whole content is that of something else.', contradiction, (tree) =>
    tree.chunkedFile('/file', [bytes, bytes], (object) => ({
      ...object,
      contentMac: tree.forge.keys.mac.mac(bytes),
    })),
  );
  yield made(
    'object_mac_of_one_chunk',
    'The MAC of a content of one chunk is not that of the chunk.',
    contradiction,
    withObject(7, (object) => ({ ...object, contentMac: new Uint8Array(32).fill(1) })),
  );
  yield made(
    'xattr_size',
    'An attribute is said to have one byte more than its value.',
    contradiction,
    (tree) => {
      tree.file('/file', 'x', (entry) => ({ ...entry, extendedAttributes: ['user.note'] }));
      tree.forge.put(ResourceType.chunk, bytes);
      const object = tree.forge.put(ResourceType.object, encodeObject(objectOf(tree.forge, [bytes])));
      const xattr = encodeXattr({
        version: VERSION_1_0_0,
        path: '/file',
        name: 'user.note',
        size: 8n,
        type: 0,
        object,
      });
      tree.xattrs.set(xattrKey('/file', 'user.note'), tree.forge.put(ResourceType.xattrEntry, xattr));
      return tree;
    },
  );
}

/** All vectors of the area. */
export async function length(): Promise<Vector[]> {
  const whole = await sample();
  async function* all(): AsyncGenerator<Case> {
    yield* trailers(whole);
    yield* states(whole);
    yield* packfiles(whole);
    yield* contents();
  }
  return area('length', all());
}
