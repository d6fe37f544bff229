/** What mutation starts from: the parts of the reference's archives, and archives of our own that are small. */
import { readFile } from 'node:fs/promises';
import type { ArchiveReader } from '../../src/format/archive-reader.ts';
import { createArchive } from '../../src/format/archive-writer.ts';
import {
  openArchive,
  type CompressionAlgorithm,
  MODE_DIRECTORY,
  MODE_SYMLINK,
  plainFileInfo,
  timestampFromMs,
} from '../../src/format/index.ts';
import { encodeUtf8 } from '../../src/format/bytes.ts';
import { encodeIndex, encodeFooter } from '../../src/format/packfile.ts';
import { createParity } from '../../src/format/parity-writer.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { encodeState } from '../../src/format/state.ts';
import { WRAPPED_HEADER_LENGTH, WRAPPED_MAC_LENGTH } from '../../src/format/wrapped-object.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { fixtures } from '../format/fixtures.ts';
import { generatedBytes } from '../format/generated-bytes.ts';
import { MemorySink, MemorySource } from '../format/memory-store.ts';
import { encodeBlobList } from './blob-list.ts';
import { smallTar } from './tar-bytes.ts';
import { PARITY_FILE_LENGTH, type TargetName } from './targets.ts';

const ID = new Uint8Array(32).fill(7);

/** Inputs that each target accepts, mostly. */
export async function seedsOf(target: TargetName): Promise<Uint8Array[]> {
  const small = await Promise.all(
    (['none', 'LZ4', 'GZIP'] as const).map((compression) => smallArchive(compression)),
  );
  const plain = await openArchive(new MemorySource(small[0]!), { primitives: nodePrimitives });
  switch (target) {
    case 'container':
    case 'archive':
      return small;
    case 'forged':
      return small;
    case 'salvage':
      // Whole, without its end, without its state.
      return small.flatMap((bytes) => [
        bytes,
        bytes.slice(0, bytes.length - 60),
        bytes.slice(0, bytes.length * 0.7),
      ]);
    case 'tar':
      return [smallTar()];
    case 'parity': {
      const sink = new MemorySink();
      await createParity(new MemorySource(new Uint8Array(PARITY_FILE_LENGTH).fill(0x33)), sink, {
        primitives: nodePrimitives,
      });
      return [Uint8Array.from(sink.bytes)];
    }
    case 'configuration':
      return Promise.all(
        fixtures.slice(0, 4).map(async ({ archive }) => configurationData(await readFile(archive))),
      );
    case 'state':
      return [
        encodeState(plain.parts.state.blobs, {
          packfileId: ID,
          stateId: ID,
          timestampNs: 1n,
          serial: ID.slice(0, 16),
        }),
        Uint8Array.of(
          ...new Uint8Array(32),
          5,
          14,
          0,
          0,
          0,
          3,
          97,
          98,
          99,
          0,
          0,
          1,
          2,
          3,
          4,
          5,
          6,
          7,
          8,
          1,
          ...new Uint8Array(28),
        ),
      ];
    case 'packfileIndex': {
      const index = encodeIndex(plain.parts.state.blobs);
      const footer = encodeFooter({
        timestampNs: 1n,
        count: index.length / 56,
        indexOffset: 100_000,
        indexMac: ID,
      });
      return [Uint8Array.from(Buffer.concat([footer, index]))];
    }
    case 'tree':
      return [
        ...(await blobsOf(plain, ResourceType.vfsTree)).map((bytes) => prefixed(0, bytes)),
        ...(await blobsOf(plain, ResourceType.vfsNode)).map((bytes) => prefixed(1, bytes)),
      ];
    case 'lz4':
    case 'gzip':
      return [0, 40, 3000, 70_000].map((size) =>
        nodePrimitives.compress(target === 'lz4' ? 'LZ4' : 'GZIP', generatedBytes('text', 3, size)),
      );
    case 'msgpack':
      return [
        ...(await blobsOf(plain, ResourceType.snapshot)),
        ...(await blobsOf(plain, ResourceType.object)),
      ];
    case 'records':
      return (
        await Promise.all(
          [
            ResourceType.snapshot,
            ResourceType.vfsEntry,
            ResourceType.errorEntry,
            ResourceType.xattrEntry,
            ResourceType.object,
            ResourceType.vfsSummary,
          ].map(async (type, which) => (await blobsOf(plain, type)).map((bytes) => prefixed(which, bytes))),
        )
      ).flat();
    case 'blobs': {
      const { blobs } = plain.parts.state;
      const list = [];
      for (let index = 0; index < blobs.count; index++) {
        const plaintext = await plain.parts.blobs.readAt(index);
        list.push({ type: blobs.type(index), id: blobs.id(index), plaintext });
      }
      return [encodeBlobList(list)];
    }
  }
}

/** Strings that the formats give a meaning. */
export const tokens: readonly Uint8Array[] = [
  ...['_PLATAR_', '_KLOSET_', '_PLAKAR_', 'BLAKE3', 'SHA256', 'LZ4', 'GZIP', 'SCRYPT', 'parent_path', 'keys'],
  ...['values', 'pointers', 'next', 'chunks', 'contentMAC', 'object', 'file_info', '..', '/', 'btree'],
].map(encodeUtf8);

/** A few kilobytes with every kind of blob that a reader meets. */
export async function smallArchive(compression: CompressionAlgorithm | 'none'): Promise<Uint8Array> {
  const sink = new MemorySink();
  const repositoryId = Uint8Array.from({ length: 16 }, (_, index) => index);
  const options = { primitives: nodePrimitives, encryption: 'plaintext', compression, repositoryId } as const;
  const writer = await createArchive(sink, { ...options, now: () => 1_700_000_000_000 });
  const snapshot = writer.beginSnapshot({
    importer: { type: 'fs', origin: 'host', directory: '/etc' },
    name: 'small',
    tags: ['one', 'two'],
    context: [{ key: 'a', value: 'b' }],
  });
  const modTime = timestampFromMs(1_600_000_000_123);
  const info = (name: string, mode: number) => plainFileInfo(name, mode, modTime);
  await snapshot.add({ path: '/etc', info: info('etc', MODE_DIRECTORY | 0o755) });
  await snapshot.add({
    path: '/etc/link',
    info: info('link', MODE_SYMLINK | 0o777),
    symlinkTarget: '../away',
  });
  await snapshot.add({ path: '/etc/broken', error: 'permission denied' });
  for (let file = 0; file < 6; file++) {
    const name = `file-${file}`;
    await snapshot.add({
      path: `/etc/${name}`,
      info: info(name, 0o644),
      content: () => [encodeUtf8(name.repeat(file * 3))],
      ...(file === 1 && { extendedAttributes: [{ name: 'user.note', value: encodeUtf8('hello') }] }),
    });
  }
  await snapshot.finish();
  await writer.close();
  return Uint8Array.from(sink.bytes);
}

async function blobsOf({ parts }: ArchiveReader, type: ResourceType): Promise<Uint8Array[]> {
  const { blobs } = parts.state;
  const found: Uint8Array[] = [];
  for (let index = 0; index < blobs.count; index++) {
    if (blobs.type(index) === type) found.push(await parts.blobs.readAt(index));
  }
  return found;
}

function configurationData(archive: Uint8Array): Uint8Array {
  const trailer = new DataView(archive.buffer, archive.byteOffset + archive.length - 48, 48);
  const [offset, length] = [Number(trailer.getBigInt64(0, true)), Number(trailer.getBigInt64(8, true))];
  return Uint8Array.from(
    archive.subarray(offset + WRAPPED_HEADER_LENGTH, offset + length - WRAPPED_MAC_LENGTH),
  );
}

function prefixed(first: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(first, ...bytes);
}
