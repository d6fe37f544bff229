/** Blobs that are copied as they are stored: all of them, once, and no damage with them. */
import assert from 'node:assert/strict';
import { concatBytes } from '../../src/format/bytes.ts';
import { joinContainer } from '../../src/format/container.ts';
import {
  checkArchive,
  continueArchive,
  copyBlobs,
  createArchive,
  obstacleToSharing,
  openArchive,
  plainFileInfo,
  timestampFromMs,
  type ArchiveReader,
  type CreateOptions,
} from '../../src/format/index.ts';
import { ResourceType, STATE_VERSION } from '../../src/format/resource-type.ts';
import { encodeState } from '../../src/format/state.ts';
import { wrapObject } from '../../src/format/wrapped-object.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

const primitives = nodePrimitives;
const repositoryId = new Uint8Array(16).fill(1);
const PLAIN = { primitives, encryption: 'plaintext', compression: 'none', repositoryId } as const;

async function archiveOf(names: readonly string[], options: CreateOptions = PLAIN): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await createArchive(sink, options);
  for (const [index, name] of names.entries()) {
    const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: '', directory: '/' }, name });
    const info = plainFileInfo(name, 0o644, timestampFromMs(0));
    const empty = plainFileInfo('empty', 0o644, timestampFromMs(0));
    await snapshot.add({
      path: `/${name}`,
      info,
      content: () => [generatedBytes('noise', index + 1, 5_000_000)],
    });
    await snapshot.add({ path: '/empty', info: empty, content: () => [] });
    await snapshot.finish();
  }
  await writer.close();
  return sink.bytes;
}

const open = (bytes: Uint8Array): Promise<ArchiveReader> =>
  openArchive(new MemorySource(bytes), { primitives });

async function assertSound(bytes: Uint8Array): Promise<ArchiveReader> {
  const archive = await open(bytes);
  for await (const finding of checkArchive(archive)) assert.fail(finding.message);
  return archive;
}

/** The archive `bytes` under the plaintext state that `change` makes of its own. */
async function withState(bytes: Uint8Array, change: (state: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  const { parts, configuration } = await open(bytes);
  const { layout, state, keys } = parts;
  const ids = { packfileId: new Uint8Array(32), stateId: new Uint8Array(32) };
  const facts = { ...ids, timestampNs: state.timestampNs, serial: configuration.repositoryId };
  const changed = wrapObject(
    ResourceType.state,
    STATE_VERSION,
    change(encodeState(state.blobs, facts)),
    keys.mac.begin(),
  );
  const part = ({ offset, length }: { offset: number; length: number }): Uint8Array =>
    bytes.subarray(offset, offset + length);
  return joinContainer(part(layout.configuration), part(layout.packfile), changed);
}

const METADATA_LENGTH = 29;

describe('blobs copied as they are stored', () => {
  it('continue an archive byte for byte', async () => {
    const bytes = await archiveOf(['one', 'two']);
    const archive = await open(bytes);
    const sink = new MemorySink();
    await (await continueArchive(archive, sink, { primitives })).close();
    const { layout } = archive.parts;
    // Configuration and data; index and state have other times.
    const same = layout.packfile.offset + 10_000_000;
    assert.ok(Buffer.from(sink.bytes.subarray(0, same)).equals(bytes.subarray(0, same)));
    const copy = await assertSound(sink.bytes);
    assert.deepEqual(copy.statistics(), archive.statistics());
  });

  it('keep what a newer writer has put into the configuration', async () => {
    const bytes = await archiveOf(['one']);
    const { layout, keys } = (await open(bytes)).parts;
    const { offset, length } = layout.configuration;
    const plaintext = bytes.slice(offset + 16, offset + length - 32);
    // One more field, as a newer version may have: {…} becomes {…, "New": nil}.
    plaintext[0] = plaintext[0]! + 1;
    const extended = concatBytes([plaintext, Uint8Array.of(0xa3, 0x4e, 0x65, 0x77, 0xc0)]);
    const configuration = wrapObject(
      ResourceType.configuration,
      0x10000,
      extended,
      keys.beginConfigurationMac(),
    );
    const packfile = bytes.subarray(layout.packfile.offset, layout.packfile.offset + layout.packfile.length);
    const state = bytes.subarray(layout.state.offset, layout.state.offset + layout.state.length);
    const newer = await open(joinContainer(configuration, packfile, state));
    const sink = new MemorySink();
    await (await continueArchive(newer, sink, { primitives })).close();
    assert.ok(Buffer.from(sink.bytes.subarray(12, 12 + configuration.length)).equals(configuration));
    await assertSound(sink.bytes);
  });

  it('leave out the headers of snapshots that are marked as deleted', async () => {
    const bytes = await archiveOf(['one', 'two']);
    const [deleted, kept] = await (await open(bytes)).snapshots();
    const entry = concatBytes([
      Uint8Array.of(3, 41, 0, 0, 0, ResourceType.snapshot),
      deleted!.header.identifier,
      new Uint8Array(8),
    ]);
    const marked = await open(
      await withState(bytes, (state) =>
        concatBytes([state.subarray(0, -METADATA_LENGTH), entry, state.subarray(-METADATA_LENGTH)]),
      ),
    );
    assert.deepEqual(
      (await marked.snapshots()).map(({ id }) => id),
      [kept!.id],
    );
    const sink = new MemorySink();
    await (await continueArchive(marked, sink, { primitives })).close();
    const copy = await assertSound(sink.bytes);
    assert.deepEqual(
      (await copy.snapshots()).map(({ id }) => id),
      [kept!.id],
    );
  });

  it('are stored once, wherever they come from', async () => {
    const [one, two] = [await open(await archiveOf(['one'])), await open(await archiveOf(['one', 'two']))];
    assert.equal(obstacleToSharing(two, one), undefined);
    const sink = new MemorySink();
    const writer = await continueArchive(one, sink, { primitives });
    for (let round = 0; round < 2; round++) await copyBlobs(two, writer);
    const { size } = await writer.close();
    const joined = await assertSound(sink.bytes);
    assert.equal((await joined.snapshots()).length, 3);
    assert.ok(size < 10_100_000, `${size} bytes`);
  });

  it('find damage in any byte of the packfile, and hand none on', async () => {
    const bytes = await archiveOf(['one']);
    const { packfile } = (await open(bytes)).parts.layout;
    const places = [16, 20_000, packfile.length - 33, packfile.length - 40, packfile.length - 1, 500_000];
    for (const at of places) {
      const changed = bytes.slice();
      changed[packfile.offset + at] = changed[packfile.offset + at]! ^ 1;
      const sink = new MemorySink();
      const continued = continueArchive(await open(changed), sink, { primitives });
      await assert.rejects(continued, withCode('INTEGRITY_MAC'), `byte ${at}`);
      assert.equal(sink.outcome, 'aborted');
    }
  });

  it('are refused where one overlaps another', async () => {
    const bytes = await archiveOf(['one']);
    const overlapping = await withState(bytes, (state) => {
      const changed = state.slice();
      // The length of the first blob, in the first LOCATIONS entry.
      new DataView(changed.buffer).setUint32(32 + 82, 4_000_000, true);
      return changed;
    });
    const sink = new MemorySink();
    const continued = continueArchive(await open(overlapping), sink, { primitives });
    await assert.rejects(continued, withCode('FORMAT_LAYOUT'));
    assert.equal(sink.outcome, 'aborted');
  });

  it('are not shared where anything that they rest on differs', async () => {
    const first = await open(await archiveOf([]));
    const others: readonly (readonly [Partial<CreateOptions>, RegExp])[] = [
      [{ repositoryId: new Uint8Array(16).fill(2) }, /RepositoryIDs/],
      [{ hashing: 'SHA256' }, /hash/],
      [{ compression: 'LZ4' }, /compressed/],
    ];
    for (const [options, reason] of others) {
      assert.match(
        obstacleToSharing(await open(await archiveOf([], { ...PLAIN, ...options })), first) ?? '',
        reason,
      );
    }
    const encryption = { passphrase: Buffer.from('a'), kdf: 'SCRYPT' } as const;
    const sealed = [
      await archiveOf([], { ...PLAIN, encryption }),
      await archiveOf([], { ...PLAIN, encryption }),
    ];
    const passphrase = (): Promise<Uint8Array> => Promise.resolve(encryption.passphrase);
    const [one, two] = await Promise.all(
      sealed.map((bytes) => openArchive(new MemorySource(bytes), { primitives, passphrase })),
    );
    assert.match(obstacleToSharing(one!, first) ?? '', /encrypted/);
    // The same passphrase, another salt.
    assert.match(obstacleToSharing(one!, two!) ?? '', /keys/);
    assert.equal(obstacleToSharing(one!, one!), undefined);
  });

  it('stop when they are told to', async () => {
    const archive = await open(await archiveOf(['one']));
    const controller = new AbortController();
    const sink = new MemorySink();
    const continued = continueArchive(archive, sink, {
      primitives,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(continued, withCode('CANCELLED'));
    assert.equal(sink.outcome, 'aborted');
  });
});
