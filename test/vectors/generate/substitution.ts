/** Area `substitution`: parts of an archive in the place of other parts: headers, entries, attributes, signatures. */
import { encodeXattr, xattrKey } from '../../../src/format/entry.ts';
import { encodeEntry } from '../../../src/format/entry.ts';
import { encodeObject } from '../../../src/format/object.ts';
import { ResourceType, VERSION_1_0_0 } from '../../../src/format/resource-type.ts';
import { createSigner, type Signer } from '../../../src/format/signature.ts';
import { encodeSnapshotHeader, type SnapshotHeader } from '../../../src/format/snapshot-header.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned } from './area.ts';
import { edited, type Forge, type ForgeOptions, PASSPHRASE } from './forge.ts';
import { entryAt, objectOf, PlannedTree, snapshotLine } from './planned-tree.ts';

const otherHeader = fails('INTEGRITY_SNAPSHOT', 'Snapshot', 'snapshot');
const contradiction = fails('INTEGRITY_SNAPSHOT', 'Snapshot', 'read');
const missing = fails('INTEGRITY_MISSING', 'State', 'read');
const none = new Uint8Array(32);

interface Pair {
  readonly forge: Forge;
  readonly headers: readonly [SnapshotHeader, SnapshotHeader];
  readonly lines: readonly [string[], string[]];
}

/** Two snapshots whose headers are not stored yet. */
async function pair(options: ForgeOptions = {}): Promise<Pair> {
  const one = planned(options);
  const { forge } = one;
  one.file('/a', 'first');
  const second = new PlannedTree(forge).file('/a', 'second');
  const headers = [await one.header(), await second.header()] as const;
  const lines = [one, second].map((tree, index) => [
    snapshotLine(headers[index]!.identifier),
    ...tree.lines(),
  ]);
  return { forge, headers, lines: lines as [string[], string[]] };
}

async function* headers(): AsyncGenerator<Case> {
  const store = (forge: Forge, id: Uint8Array, header: SnapshotHeader): unknown =>
    forge.putAs(ResourceType.snapshot, id, encodeSnapshotHeader(header));
  for (const [suffix, options] of [
    ['', {}],
    ['_sealed', { encrypted: true }],
  ] as const) {
    const opener = suffix === '' ? {} : { passphrase: PASSPHRASE };
    const swapped = await pair(options);
    const [a, b] = swapped.headers;
    store(swapped.forge, a.identifier, b);
    store(swapped.forge, b.identifier, a);
    yield {
      name: `headers_swapped${suffix}`,
      comment: 'Two snapshots, each with the header of the other.',
      expect: otherHeader,
      ...opener,
      archive: swapped.forge.archive(),
    };
    const copied = await pair(options);
    const [first, second] = copied.headers;
    store(copied.forge, first.identifier, first);
    store(copied.forge, second.identifier, first);
    yield {
      name: `header_copied${suffix}`,
      comment: 'Two snapshots, both with the header of the first.',
      expect: otherHeader,
      ...opener,
      archive: copied.forge.archive(),
    };
  }
  const changed = async (
    name: string,
    comment: string,
    expect: Expectation,
    change: (header: SnapshotHeader) => SnapshotHeader,
  ): Promise<Case> => {
    const tree = planned().file('/a', 'x');
    await tree.snapshot(change);
    return { name, comment, expect, archive: tree.forge.archive() };
  };
  const unsupported = fails('FORMAT_UNSUPPORTED', 'Snapshot', 'snapshot');
  yield changed('identifier_zero', 'A header whose identifier is zero.', otherHeader, (header) => ({
    ...header,
    identifier: none,
  }));
  yield changed(
    'identifier_flipped',
    'A header whose identifier differs in one bit.',
    otherHeader,
    (header) => ({
      ...header,
      identifier: edited(header.identifier, (copy) => {
        copy[31] = (copy[31] ?? 0) ^ 1;
      }),
    }),
  );
  yield changed('sources_none', 'A header with an empty list of sources.', unsupported, (header) => ({
    ...header,
    sources: [],
  }));
  yield changed('sources_nil', 'A header without a list of sources.', unsupported, (header) => ({
    ...header,
    sources: null,
  }));
  yield changed('sources_two', 'A header with two sources.', unsupported, (header) => ({
    ...header,
    sources: [...(header.sources ?? []), ...(header.sources ?? [])],
  }));
  const entry = planned().file('/a', 'x');
  entry.forge.putAs(ResourceType.snapshot, new Uint8Array(32).fill(5), encodeEntry(entryAt('/a', 0o644)));
  yield {
    name: 'header_is_entry',
    comment: 'An entry where a header belongs: unknown fields, and no identifier.',
    expect: otherHeader,
    archive: entry.forge.archive(),
  };
}

async function* entries(): AsyncGenerator<Case> {
  const made = async (
    name: string,
    comment: string,
    expect: Expectation | 'tree',
    plan: (tree: PlannedTree) => unknown,
  ): Promise<Case> => {
    const tree = planned();
    plan(tree);
    const id = await tree.snapshot();
    const outcome = expect === 'tree' ? { tree: [snapshotLine(id), ...tree.lines()] } : expect;
    return { name, comment, expect: outcome, archive: tree.forge.archive() };
  };
  const swap = (tree: PlannedTree, one: string, two: string): void => {
    const [a, b] = [tree.entries.get(one) ?? none, tree.entries.get(two) ?? none];
    tree.entries.set(one, b).set(two, a);
  };
  yield made('entries_swapped', 'Two files, each with the entry of the other.', contradiction, (tree) =>
    swap(tree.file('/a', 'x').file('/b', 'y'), '/a', '/b'),
  );
  yield made(
    'entries_swapped_namesakes',
    'Two files of one name in two directories, each with the entry of the other.',
    contradiction,
    (tree) => swap(tree.directory('/d').directory('/e').file('/d/a', 'x').file('/e/a', 'y'), '/d/a', '/e/a'),
  );
  yield made('object_is_chunk', 'The id of a chunk where that of an object belongs.', missing, (tree) =>
    tree.file('/a', 'x', (entry) => ({ ...entry, object: tree.forge.keys.mac.mac(Buffer.from('x')) })),
  );
  yield made('object_not_there', 'An object that the archive does not hold.', missing, (tree) =>
    tree.file('/a', 'x', (entry) => ({ ...entry, object: new Uint8Array(32).fill(7) })),
  );
  yield made('chunk_not_there', 'A chunk that the archive does not hold.', missing, (tree) =>
    tree.content('/a', 9, objectOf(tree.forge, [Buffer.from('not there')])),
  );
  yield made('xattr_of_other_path', 'The attribute of another file.', contradiction, (tree) => {
    tree
      .file('/a', 'x', (entry) => ({ ...entry, extendedAttributes: ['user.note'] }))
      .xattr('/b', 'user.note', 'of b');
    const id = tree.xattrs.get(xattrKey('/b', 'user.note')) ?? none;
    tree.xattrs.clear();
    tree.xattrs.set(xattrKey('/a', 'user.note'), id);
  });
  yield made('xattr_of_other_name', 'An attribute under the name of another.', contradiction, (tree) => {
    tree.file('/a', 'x', (entry) => ({ ...entry, extendedAttributes: ['user.note'] }));
    const object = tree.forge.put(
      ResourceType.object,
      encodeObject(objectOf(tree.forge, [Buffer.from('x')])),
    );
    const xattr = encodeXattr({
      version: VERSION_1_0_0,
      path: '/a',
      name: 'user.other',
      size: 1n,
      type: 0,
      object,
    });
    tree.xattrs.set(xattrKey('/a', 'user.note'), tree.forge.put(ResourceType.xattrEntry, xattr));
  });
  yield made(
    'xattr_not_there',
    'An entry names an attribute that is not in the tree.',
    fails('NOT_FOUND_PATH', 'Xattr', 'read'),
    (tree) => tree.file('/a', 'x', (entry) => ({ ...entry, extendedAttributes: ['user.note'] })),
  );
}

async function* states(): AsyncGenerator<Case> {
  const stored = async (): Promise<Pair> => {
    const made = await pair();
    for (const header of made.headers) {
      made.forge.putAs(ResourceType.snapshot, header.identifier, encodeSnapshotHeader(header));
    }
    return made;
  };
  const coloured = (type: number, id: Uint8Array) => (state: Uint8Array) =>
    Buffer.concat([
      state.subarray(0, -29),
      Uint8Array.of(3, 41, 0, 0, 0, type, ...id, ...new Uint8Array(8)),
      state.subarray(-29),
    ]);
  const {
    forge,
    headers: [a, b],
    lines,
  } = await stored();
  const both = { tree: [...lines[0], ...lines[1]] };
  yield {
    name: 'snapshot_deleted',
    comment: 'One of two snapshots is marked as deleted.',
    expect: { tree: lines[1] },
    archive: forge.archive({ state: coloured(ResourceType.snapshot, a.identifier) }),
  };
  yield {
    name: 'chunk_deleted',
    comment: 'A mark for a chunk with the id of a snapshot deletes no snapshot.',
    expect: both,
    archive: forge.archive({ state: coloured(ResourceType.chunk, a.identifier) }),
  };
  yield {
    name: 'all_deleted',
    comment: 'Both snapshots are marked as deleted.',
    expect: { tree: [] },
    archive: forge.archive({ state: (state) => coloured(5, a.identifier)(coloured(5, b.identifier)(state)) }),
  };
  yield {
    name: 'snapshot_listed_twice',
    comment: 'The state lists everything twice.',
    expect: both,
    archive: forge.archive({
      state: (state) =>
        Buffer.concat([state.subarray(0, 32), state.subarray(32, -29 - 77), state.subarray(32)]),
    }),
  };
  yield {
    name: 'rollback',
    comment:
      'A state without the last snapshot, which the packfile still holds: valid, and why a rollback cannot be seen.',
    expect: { tree: lines[0] },
    archive: forge.archive({
      state: (state) => Buffer.concat([state.subarray(0, -29 - 77 - 90), state.subarray(-29 - 77)]),
    }),
  };
}

async function* signatures(): AsyncGenerator<Case> {
  const broken = fails('INTEGRITY_SIGNATURE', 'Signature', 'check');
  const signed = async (
    name: string,
    comment: string,
    expect: Expectation | 'tree',
    sign: (signer: Signer, mac: Uint8Array) => Uint8Array | undefined,
  ): Promise<Case> => {
    const tree = planned().file('/a', 'x');
    const { forge } = tree;
    const signer = createSigner(forge.primitives, new Uint8Array(32).fill(1));
    const { identifier, publicKey } = signer;
    const header = { ...(await tree.header()), identity: { identifier, publicKey } };
    const plaintext = encodeSnapshotHeader(header);
    forge.putAs(ResourceType.snapshot, header.identifier, plaintext);
    const signature = sign(signer, forge.keys.mac.mac(plaintext));
    if (signature !== undefined) forge.putAs(ResourceType.signature, header.identifier, signature);
    const outcome = expect === 'tree' ? { tree: [snapshotLine(header.identifier), ...tree.lines()] } : expect;
    return { name: `signature_${name}`, comment, expect: outcome, archive: forge.archive() };
  };
  yield signed('valid', 'A signed snapshot.', 'tree', (signer, mac) => signer.sign(mac));
  yield signed('missing', 'A header that names who signed, and no signature.', broken, () => undefined);
  yield signed('empty', 'A signature of no bytes.', broken, () => new Uint8Array());
  yield signed('flipped', 'One bit of the signature flipped.', broken, (signer, mac) =>
    edited(signer.sign(mac), (copy) => {
      copy[10] = (copy[10] ?? 0) ^ 1;
    }),
  );
  yield signed('of_other_header', 'The signature of something else, by the same key.', broken, (signer) =>
    signer.sign(none),
  );
  yield signed('by_other_key', 'The signature of another key.', broken, (_, mac) =>
    createSigner(planned().forge.primitives, new Uint8Array(32).fill(2)).sign(mac),
  );
  yield signed('long', 'A signature with a byte behind.', broken, (signer, mac) =>
    Buffer.concat([signer.sign(mac), new Uint8Array(1)]),
  );
}

/** All vectors of the area. */
export async function substitution(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* headers();
    yield* entries();
    yield* states();
    yield* signatures();
  }
  return area('substitution', all());
}
