/** Area `valid`: what every reader must read. */
import { concatBytes, encodeUtf8, viewOf } from '../../../src/format/bytes.ts';
import { encodeLz4Frame } from '../../../src/format/lz4.ts';
import {
  MODE_CHARACTER_DEVICE,
  MODE_DEVICE,
  MODE_NAMED_PIPE,
  MODE_SETUID,
  MODE_SOCKET,
} from '../../../src/format/file-mode.ts';
import { encodeNode, encodeTree } from '../../../src/format/tree.ts';
import { ResourceType } from '../../../src/format/resource-type.ts';
import type { SnapshotHeader } from '../../../src/format/snapshot-header.ts';
import { encodeSnapshotHeader } from '../../../src/format/snapshot-header.ts';
import { xxhash32 } from '../../../src/format/xxhash32.ts';
import type { Vector } from '../vector-file.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';
import { area, type Case, planned } from './area.ts';
import { type Changes, edited, Forge, type ForgeOptions, PASSPHRASE, withoutIds } from './forge.ts';
import { entryAt, objectOf, PlannedTree, snapshotLine } from './planned-tree.ts';

interface Made {
  readonly options?: ForgeOptions;
  readonly changes?: Changes;
  readonly header?: (header: SnapshotHeader, tree: PlannedTree) => SnapshotHeader;
}

async function made(
  name: string,
  comment: string,
  plan: (tree: PlannedTree) => unknown,
  given: Made = {},
): Promise<Case> {
  const { options = {}, changes = {}, header = (same: SnapshotHeader) => same } = given;
  const tree = planned(options);
  plan(tree);
  const id = await tree.snapshot((each) => header(each, tree));
  return {
    name,
    comment,
    expect: { tree: [snapshotLine(id), ...tree.lines()] },
    ...(options.encrypted === true && { passphrase: PASSPHRASE }),
    archive: tree.forge.archive(changes),
  };
}

const few = (tree: PlannedTree): unknown =>
  tree.directory('/d').file('/d/a', 'content').file('/b', 'b').link('/c', 'd/a');

async function* algorithms(): AsyncGenerator<Case> {
  for (const hashing of ['BLAKE3', 'SHA256'] as const) {
    for (const compression of ['LZ4', 'GZIP', undefined] as const) {
      for (const encrypted of [false, true]) {
        const words = [hashing, compression ?? 'uncompressed', encrypted ? 'encrypted' : 'plaintext'];
        const options = { hashing, encrypted, ...(compression && { compression }) };
        yield made(words.join('_').toLowerCase(), `${words.join(', ')}.`, few, { options });
      }
    }
  }
}

async function* trees(): AsyncGenerator<Case> {
  yield made('only_root', 'A snapshot of nothing.', (tree) => tree);
  yield made(
    'empty_file',
    'An empty file whose object has one chunk of length 0, as stock writers leave it.',
    (tree) => tree.file('/empty', ''),
  );
  yield made('empty_file_without_chunk', 'An empty file whose object has no chunks.', (tree) =>
    tree.plan('/empty', new Uint8Array()).content('/empty', 0, { ...objectOf(tree.forge, []), chunks: null }),
  );
  yield made('chunks', 'A file of three chunks, two of them equal.', (tree) =>
    tree.chunkedFile('/a', ['one', 'two', 'one'].map(encodeUtf8)),
  );
  yield made('shared_content', 'Two files of one content.', (tree) =>
    tree.file('/a', 'same').file('/b', 'same'),
  );
  yield made(
    'footer_counts_more',
    'The footer counts more blobs than have records, as stock writers leave it that wrote a blob twice.',
    (tree) => tree.file('/a', 'x'),
    {
      changes: {
        footer: (bytes) => edited(bytes, (_, view) => view.setUint32(8, view.getUint32(8, true) + 3, true)),
      },
    },
  );
  yield made('entries_60', 'A tree of two leaves.', (tree) => {
    for (let index = 0; index < 60; index++) tree.file(`/file-${index}`, String(index));
  });
  yield made('xattrs', 'Extended attributes, an empty one among them.', (tree) =>
    tree
      .file('/a', 'x', (entry) => ({ ...entry, extendedAttributes: ['user.empty', 'user.note'] }))
      .xattr('/a', 'user.note', 'value')
      .xattr('/a', 'user.empty', ''),
  );
  yield made('errors', 'Recorded errors, with and without an entry at their path.', (tree) =>
    tree.directory('/d').error('/d', 'permission denied').error('/d/secret', 'permission denied'),
  );
  yield made('special_files', 'Devices, pipes and sockets have no content.', (tree) => {
    for (const [name, mode] of [
      ['block', MODE_DEVICE],
      ['character', MODE_DEVICE | MODE_CHARACTER_DEVICE],
      ['pipe', MODE_NAMED_PIPE],
      ['socket', MODE_SOCKET],
    ] as const) {
      tree.other(`/${name}`, entryAt(`/${name}`, (mode | 0o600) >>> 0));
    }
  });
  yield made('modes_and_times', 'Setuid, no permissions at all, times before 1970 and after 2500.', (tree) =>
    tree
      .file('/suid', 'x', (entry) => ({
        ...entry,
        fileInfo: { ...entry.fileInfo, mode: MODE_SETUID | 0o4755 },
      }))
      .file('/none', 'y', (entry) => ({
        ...entry,
        fileInfo: { ...entry.fileInfo, mode: 0, modTime: { seconds: -1n, nanoseconds: 999_999_999 } },
      }))
      .file('/late', 'z', (entry) => ({
        ...entry,
        fileInfo: { ...entry.fileInfo, modTime: { seconds: 2n ** 35n, nanoseconds: 1 } },
      })),
  );
  yield made('ids_most', 'Device, inode and owners at their greatest values.', (tree) =>
    tree.file('/a', 'x', (entry) => ({
      ...entry,
      fileInfo: {
        ...entry.fileInfo,
        device: 2n ** 64n - 1n,
        inode: 2n ** 64n - 1n,
        uid: 4_294_967_295,
        gid: 4_294_967_295,
        linkCount: 65_535,
        flags: 0xffff_ffff,
      },
    })),
  );
}

async function* headers(): AsyncGenerator<Case> {
  yield made('header_full', 'A header with all its texts, lists and facts.', few, {
    header: (header) => ({
      ...header,
      durationNs: 5_000_000n,
      name: 'nightly',
      category: 'c',
      environment: 'e',
      perimeter: 'p',
      job: 'j',
      replicas: 3,
      dataset: 'd',
      dataClasses: ['pii'],
      classifications: [{ analyzer: 'a', classes: [{ name: 'n', probability: 0.5 }] }],
      tags: ['one', 'two'],
      context: [{ key: 'Client', value: 'vector' }],
    }),
  });
  yield made('header_nil_lists', 'A header whose lists are nil.', few, {
    header: (header) => ({ ...header, dataClasses: null, classifications: null, tags: null, context: null }),
  });
  yield made(
    'indexes_unknown',
    'A header with indexes that no reader knows, of a known and an unknown type.',
    few,
    {
      header: (header, tree) => {
        const leaf = tree.forge.put(ResourceType.indexNode, encodeNode({}));
        const value = tree.forge.put(ResourceType.indexTree, encodeTree(leaf));
        const indexes = [
          { name: 'future', type: 'btree', value },
          { name: 'other', type: 'trie', value: new Uint8Array(32) },
        ];
        return { ...header, sources: (header.sources ?? []).map((source) => ({ ...source, indexes })) };
      },
    },
  );
  const tree = planned();
  const lines: string[] = [];
  for (const [index, name] of ['first', 'second', 'third'].entries()) {
    const each = new PlannedTree(tree.forge).file('/a', name);
    const header = await each.header();
    const timestamp = { ...header.timestamp, seconds: header.timestamp.seconds + BigInt(index) };
    tree.forge.putAs(
      ResourceType.snapshot,
      header.identifier,
      encodeSnapshotHeader({ ...header, name, timestamp }),
    );
    lines.push(snapshotLine(header.identifier), ...each.lines());
  }
  yield {
    name: 'snapshots_3',
    comment: 'Three snapshots.',
    expect: { tree: lines },
    archive: tree.forge.archive(),
  };
  yield {
    name: 'snapshots_0',
    comment: 'No snapshot, and no blob at all.',
    expect: { tree: [] },
    archive: new Forge().archive(),
  };
}

async function* frames(): AsyncGenerator<Case> {
  const content = generatedBytes('text', 3, 400);
  const lz4 = (name: string, comment: string, frame: (plain: Uint8Array) => Uint8Array): Promise<Case> =>
    made(
      name,
      comment,
      (tree) => {
        tree.forge.putStored(ResourceType.chunk, tree.forge.keys.mac.mac(content), frame(content));
        return tree.file('/a', content);
      },
      { options: { compression: 'LZ4' } },
    );
  const u32 = (value: number): Uint8Array => {
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, value >>> 0, true);
    return bytes;
  };
  const head = (descriptor: Uint8Array): Uint8Array =>
    concatBytes([u32(0x184d2204), descriptor, Uint8Array.of((xxhash32(descriptor) >>> 8) & 0xff)]);
  const stored = (plain: Uint8Array): Uint8Array => concatBytes([u32(0x8000_0000 + plain.length), plain]);
  yield lz4('lz4_stored_block', 'An LZ4 frame of one stored block.', (plain) =>
    concatBytes([head(Uint8Array.of(0x60, 0x40)), stored(plain), u32(0)]),
  );
  yield lz4('lz4_checksums', 'An LZ4 frame with content size and both checksums.', (plain) =>
    concatBytes([
      head(concatBytes([Uint8Array.of(0x7c, 0x40), u32(plain.length), u32(0)])),
      stored(plain),
      u32(xxhash32(plain)),
      u32(0),
      u32(xxhash32(plain)),
    ]),
  );
  yield lz4('lz4_linked_blocks', 'An LZ4 frame whose second block refers to the first.', (plain) => {
    const last = plain.subarray(-5);
    const rest = plain.subarray(0, -5);
    // A literal-free match of 8 bytes over the first block would change the content, so the second block copies nothing but its literals.
    const block = concatBytes([Uint8Array.of(0x50), last]);
    return concatBytes([head(Uint8Array.of(0x40, 0x40)), stored(rest), u32(block.length), block, u32(0)]);
  });
  yield lz4('lz4_frames', 'Two LZ4 frames, one after the other, and a skippable one between.', (plain) =>
    concatBytes([
      encodeLz4Frame(plain.subarray(0, 100)),
      u32(0x184d2a53),
      u32(3),
      new Uint8Array(3),
      encodeLz4Frame(plain.subarray(100)),
    ]),
  );
}

async function* blobs(): AsyncGenerator<Case> {
  yield made('blob_random', 'A blob of type RANDOM: padding.', (tree) => {
    few(tree);
    tree.forge.put(ResourceType.random, new Uint8Array(100));
  });
  yield made('blob_unknown_type', 'A blob of a type that no reader knows.', (tree) => {
    few(tree);
    tree.forge.put(42 as ResourceType, new Uint8Array(100));
  });
  yield made(
    'blob_order_reversed',
    'Blobs that are named before they are stored are the rule; here the state lists them backwards.',
    few,
    {
      changes: {
        state: (state) => {
          const entries: Uint8Array[] = [];
          for (let at = 32; at < state.length - 29 - 77; at += 90) {
            entries.unshift(state.subarray(at, at + 90));
          }
          return concatBytes([state.subarray(0, 32), ...entries, state.subarray(-29 - 77)]);
        },
      },
    },
  );
  yield made('state_without_packfile', 'A state without a PACKFILE entry.', few, {
    changes: { state: (state) => concatBytes([state.subarray(0, -29 - 77), state.subarray(-29)]) },
  });
  yield made('index_without_ids', 'An index that has the ids only that are no MACs.', few, {
    options: { encrypted: true, compression: 'LZ4' },
    changes: { index: withoutIds },
  });
  yield made('node_prev', 'Nodes that name the leaf before them.', few, {
    header: (header, tree) => {
      const keys = [...tree.entries.keys()].sort(
        (a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1),
      );
      const ordered = ['/', ...keys.filter((key) => key !== '/')];
      const values = ordered.map((key) => tree.entries.get(key) ?? new Uint8Array(32));
      const leaf = tree.forge.put(
        ResourceType.vfsNode,
        encodeNode({ keys: ordered, values, previous: new Uint8Array(32) }),
      );
      const root = tree.forge.put(ResourceType.vfsTree, encodeTree(leaf));
      return {
        ...header,
        sources: (header.sources ?? []).map((source) => ({ ...source, trees: { ...source.trees, root } })),
      };
    },
  });
}

/** All vectors of the area. */
export async function valid(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* algorithms();
    yield* trees();
    yield* headers();
    yield* frames();
    yield* blobs();
  }
  return area('valid', all());
}
