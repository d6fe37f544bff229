/**
 * What is fuzzed: each target takes any bytes, and either accepts them, holding what is promised of accepted input, or throws one
 * of ptar's own errors.
 */
import assert from 'node:assert/strict';
import { ByteStream } from '../../src/connectors/tar/byte-stream.ts';
import { pathOfMember } from '../../src/connectors/tar/member-name.ts';
import { readMembers } from '../../src/connectors/tar/member-reader.ts';
import { isPtarError } from '../../src/errors.ts';
import { ArchiveReader, openArchive } from '../../src/format/archive-reader.ts';
import { checkArchive } from '../../src/format/check.ts';
import { SnapshotCheck } from '../../src/format/check-snapshot.ts';
import { ContentCheck } from '../../src/format/check-contents.ts';
import { CheckedBlobs } from '../../src/format/checked-blobs.ts';
import { KnownContents } from '../../src/format/content-facts.ts';
import {
  type Configuration,
  decodeConfiguration,
  DEFAULT_CHUNKING,
  encodeConfiguration,
  PTAR_PACKFILE,
} from '../../src/format/configuration.ts';
import { readContainer } from '../../src/format/container.ts';
import { decodeEntry, decodeError, decodeXattr, encodeEntry, encodeXattr } from '../../src/format/entry.ts';
import { isRegular } from '../../src/format/file-mode.ts';
import { decodeGzip } from '../../src/format/gzip.ts';
import { kdfCost } from '../../src/format/keys.ts';
import type { Lz4Blocks } from '../../src/format/lz4-block.ts';
import { decodeLz4Frame, encodeLz4Frame } from '../../src/format/lz4.ts';
import { MemorySink } from '../../src/format/memory-store.ts';
import { MsgpackReader } from '../../src/format/msgpack-reader.ts';
import { decodeObject, encodeObject } from '../../src/format/object.ts';
import { decodeFooter, decodeIndex, FOOTER_LENGTH, INDEX_RECORD_LENGTH } from '../../src/format/packfile.ts';
import { HEADER_LENGTH } from '../../src/format/parity-layout.ts';
import { checkParity } from '../../src/format/parity-reader.ts';
import { comparePaths, isCleanPath } from '../../src/format/path.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import type { ByteSource } from '../../src/format/ports.ts';
import { STATE_VERSION, VERSION_1_0_0 } from '../../src/format/resource-type.ts';
import { salvageArchive } from '../../src/format/salvage.ts';
import { decodeSnapshotHeader, encodeSnapshotHeader } from '../../src/format/snapshot-header.ts';
import { decodeState, encodeState } from '../../src/format/state.ts';
import { summaryCodec } from '../../src/format/summary.ts';
import { EPOCH } from '../../src/format/timestamp.ts';
import { decodeNode, decodeTree, encodeNode } from '../../src/format/tree.ts';
import { lz4 } from '../../src/kernels/index.ts';
import { blobListParts } from './blob-list.ts';
import { authenticated } from './forged-archive.ts';
import { piecesOf, withChecksums } from './tar-bytes.ts';

/** Plaintext bytes that decompression may give. */
const PLAIN_SIZE_MAX = 4 * 1024 * 1024;
/** Bytes that blobs and index are said to have. */
const DATA_LENGTH = 1024 * 1024;

/** Bytes of the file that parity protects. */
export const PARITY_FILE_LENGTH = 20_000;

type Target = (input: Uint8Array) => void | Promise<void>;

/** All of them, by name. */
export const targets = {
  container: async (input) => {
    const { configuration, packfile, state } = await readContainer(memorySource(input));
    assert.equal(configuration.offset + configuration.length, packfile.offset);
    assert.equal(packfile.offset + packfile.length, state.offset);
    assert.ok(state.offset + state.length <= input.length);
  },
  configuration: (input) => {
    const configuration = decodeConfiguration(input);
    assert.deepEqual(decodeConfiguration(encodeConfiguration(configuration)), configuration);
    if (configuration.encryption !== undefined) kdfCost(configuration.encryption.kdfParams);
  },
  state: (input) => {
    for (const version of [VERSION_1_0_0, STATE_VERSION]) {
      const { blobs, timestampNs, serial } = decodeState(input, version, DATA_LENGTH, 7);
      for (let index = 0; index < blobs.count; index++) {
        assert.ok(blobs.offset(index) + blobs.length(index) <= DATA_LENGTH);
        assert.equal(blobs.find(blobs.type(index), blobs.id(index)), index);
      }
      const none = new Uint8Array(32);
      const again = encodeState(blobs, { packfileId: none, stateId: none, timestampNs, serial });
      assert.equal(decodeState(again, STATE_VERSION, DATA_LENGTH, 7).blobs.count, blobs.count);
    }
  },
  packfileIndex: (input) => {
    const footer = decodeFooter(input.subarray(0, FOOTER_LENGTH), DATA_LENGTH);
    assert.ok(footer.indexOffset <= DATA_LENGTH);
    const index = input.subarray(FOOTER_LENGTH);
    let count = 0;
    for (const { offset, length } of decodeIndex(index, footer.indexOffset)) {
      assert.ok(offset + length <= footer.indexOffset);
      count++;
    }
    assert.equal(count * INDEX_RECORD_LENGTH, index.length);
  },
  tree: (input) => {
    const [which = 0] = input;
    const plaintext = input.subarray(1);
    if (which % 2 === 0) {
      decodeTree(plaintext);
      return;
    }
    const node = decodeNode(plaintext, comparePaths);
    assert.deepEqual(decodeNode(encodeNode(node), comparePaths), node);
  },
  /** In TypeScript and on the kernels alike. */
  lz4: (input) => {
    const plain = outcomeOf(() => decodeLz4Frame(input, PLAIN_SIZE_MAX));
    const plainOfKernels = outcomeOf(() => decodeLz4Frame(input, PLAIN_SIZE_MAX, KERNELS));
    assert.deepEqual(plainOfKernels, plain);
    if (typeof plain === 'string') return;
    assert.ok(plain.length <= PLAIN_SIZE_MAX);
    for (const blocks of [undefined, KERNELS]) {
      assert.ok(Buffer.from(plain).equals(decodeLz4Frame(encodeLz4Frame(plain, blocks), plain.length)));
    }
  },
  gzip: (input) => {
    assert.ok(decodeGzip(input, PLAIN_SIZE_MAX).length <= PLAIN_SIZE_MAX);
  },
  msgpack: (input) => {
    const reader = new MsgpackReader(input, 'input');
    reader.skip();
    reader.end();
  },
  records: (input) => {
    const [which = 0] = input;
    const plaintext = input.subarray(1);
    const [decode, encode] = RECORDS[which % RECORDS.length]!;
    const record = decode(plaintext);
    const bytes = encode?.(record as never);
    if (bytes === undefined) return;
    // Not the record itself: as in Go, an empty list in a field that may be left out comes back as none.
    assert.deepEqual(encode!(decode(bytes) as never), bytes);
  },
  tar: async (input) => {
    const stream = new ByteStream(piecesOf(withChecksums(input)));
    for await (const member of readMembers(stream)) {
      assert.ok(member.size >= 0 && member.offset <= stream.position);
      const path = pathOfMember(member.name);
      if (path !== undefined) assert.ok(isCleanPath(path));
      // Whoever reads may stop in the middle of a content.
      if (member.size % 2 === 1) await stream.skip(Math.floor(member.size / 2));
    }
  },
  archive: async (input) => {
    await readArchive(memorySource(input));
  },
  /** An archive whose MACs are right whatever its bytes are: what someone without a key can do to a plaintext archive. */
  forged: async (input) => {
    await readArchive(memorySource(await authenticated(input)));
  },
  /** Blobs that are authentic whatever their bytes are: what someone with the key can do. */
  blobs: async (input) => {
    const parts = blobListParts(input);
    const archive = new ArchiveReader(CONFIGURATION, undefined, parts, () => parts.blobs);
    const { blobs } = archive.parts.state;
    const found = new CheckedBlobs(blobs, new ContentCheck(blobs, parts.keys.mac));
    const contents = new KnownContents(found);
    const check = new SnapshotCheck(archive.parts, { singles: found.singles, contents, signal: undefined });
    for (const id of archive.snapshotIds()) {
      for await (const finding of check.check(id)) oneLine(finding.message);
    }
    await readSnapshots(archive);
  },
  /** Whatever is saved of any file is a sound archive. */
  salvage: async (input) => {
    const sink = new MemorySink();
    await salvageArchive(memorySource(input), sink, { primitives: portablePrimitives });
    const saved = await openArchive(memorySource(sink.bytes ?? input), { primitives: portablePrimitives });
    for await (const finding of checkArchive(saved)) assert.fail(finding.message);
  },
  /** A sidecar whose header counts as undamaged, whatever it says. */
  parity: async (input) => {
    const file = new Uint8Array(PARITY_FILE_LENGTH).fill(0x33);
    const sidecar = Uint8Array.from(input);
    const hasher = portablePrimitives.hash('BLAKE3');
    hasher.update(sidecar.subarray(0, HEADER_LENGTH - 32));
    if (sidecar.length >= HEADER_LENGTH) sidecar.set(hasher.digest(), HEADER_LENGTH - 32);
    await checkParity(memorySource(file), memorySource(sidecar), { primitives: portablePrimitives });
  },
} satisfies Record<string, Target>;

/** The name of a target. */
export type TargetName = keyof typeof targets;

/** Whether an error is one that a target may throw. */
export function isExpected(error: unknown): boolean {
  if (!isPtarError(error) || error.code === 'CANCELLED') return false;
  if (error.name === 'ConnectorError' && error.code !== 'CONNECTOR_INPUT') return false;
  oneLine(error.message);
  return true;
}

const RECORDS: readonly (readonly [
  decode: (bytes: Uint8Array) => unknown,
  encode?: (record: never) => Uint8Array,
])[] = [
  [decodeSnapshotHeader, encodeSnapshotHeader],
  [decodeEntry, encodeEntry],
  [decodeError],
  [decodeXattr, encodeXattr],
  [decodeObject, encodeObject],
  [(bytes) => summaryCodec.fromBytes(bytes), (record) => summaryCodec.toBytes(record)],
];

const CONFIGURATION: Configuration = {
  timestamp: EPOCH,
  repositoryId: new Uint8Array(16),
  packfile: PTAR_PACKFILE,
  chunking: DEFAULT_CHUNKING,
  hashing: { algorithm: 'BLAKE3', bits: 256 },
  compression: undefined,
  encryption: undefined,
};

const KERNELS: Lz4Blocks = {
  compress: lz4.compressBlockFast,
  decompress: lz4.decompressBlock,
  checksum: lz4.xxhash32,
};

/** What a function returns, or the code that it fails with. */
function outcomeOf<Result>(run: () => Result): Result | string {
  try {
    return run();
  } catch (error) {
    if (!isExpected(error)) throw error;
    return isPtarError(error) ? error.code : '';
  }
}

async function readArchive(source: ByteSource): Promise<void> {
  const archive = await openArchive(source, { primitives: portablePrimitives });
  for await (const finding of checkArchive(archive)) oneLine(finding.message);
  await readSnapshots(archive);
}

async function readSnapshots(archive: ArchiveReader): Promise<void> {
  for (const snapshot of await archive.snapshots()) {
    for await (const entry of snapshot.walk('/')) {
      for (const name of entry.extendedAttributes) await snapshot.extendedAttribute(entry, name);
      if (!isRegular(entry.info.mode)) continue;
      let size = 0;
      for await (const bytes of snapshot.content(entry)) size += bytes.length;
      if (entry.objectId !== undefined) assert.equal(size, entry.info.size);
    }
    for await (const recorded of snapshot.errors()) assert.ok(recorded.path.startsWith('/'));
    await snapshot.signature();
  }
}

function memorySource(bytes: Uint8Array): ByteSource {
  return {
    name: 'input.ptar',
    size: bytes.length,
    read: (offset, length) => {
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, 'a read outside the file');
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
    close: () => Promise.resolve(),
  };
}

/** Messages go to terminals and logs: one line, and not the whole input. */
function oneLine(message: string): void {
  assert.doesNotMatch(message, /[\r\n]/);
  assert.ok(message.length < 2000, `a message of ${message.length} characters`);
}
