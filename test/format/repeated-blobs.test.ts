/** States that list blobs twice, as those of an archive whose writer packed equal content twice. */
import assert from 'node:assert/strict';
import { continueArchive } from '../../src/format/archive-copy.ts';
import { createArchive } from '../../src/format/archive-writer.ts';
import { concatBytes } from '../../src/format/bytes.ts';
import { checkArchive } from '../../src/format/check.ts';
import { encodeTrailer } from '../../src/format/container.ts';
import { type ArchiveReader, openArchive, plainFileInfo, timestampFromMs } from '../../src/format/index.ts';
import { ResourceType, STATE_VERSION } from '../../src/format/resource-type.ts';
import { WRAPPED_HEADER_LENGTH, WRAPPED_MAC_LENGTH, wrapObject } from '../../src/format/wrapped-object.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

const PARENT_LENGTH = 32;
const LOCATION_LENGTH = 5 + 85;
const FILE_COUNT = 30;

describe('blobs that are listed twice', () => {
  let once: ArchiveReader;
  let twice: ArchiveReader;

  before(async () => {
    const bytes = await writtenArchive();
    once = await opened(bytes);
    twice = await opened(await withRepeats(once, bytes));
  });

  it('are read from either place', async () => {
    assert.equal(twice.snapshotIds().length, 1);
    const [snapshot] = await twice.snapshots();
    let count = 0;
    for await (const entry of snapshot?.walk('/') ?? []) {
      if (!entry.path.startsWith('/file')) continue;
      const content = await snapshot?.bytes(entry, 100);
      assert.equal(Buffer.from(content ?? []).toString(), entry.path);
      count++;
    }
    assert.equal(count, FILE_COUNT);
  });

  it('are one blob for whoever goes over all of them', async () => {
    assert.equal(twice.parts.state.blobs.count, once.parts.state.blobs.count);
    assert.deepEqual(twice.statistics().blobs, once.statistics().blobs);
    for await (const finding of checkArchive(twice)) assert.fail(finding.message);
  });

  it('are copied once', async () => {
    const sink = new MemorySink();
    const writer = await continueArchive(twice, sink, { primitives: nodePrimitives });
    await writer.close();
    const copy = await opened(Uint8Array.from(sink.bytes));
    assert.deepEqual(copy.statistics().blobs, once.statistics().blobs);
  });
});

function opened(bytes: Uint8Array): Promise<ArchiveReader> {
  return openArchive(new MemorySource(bytes), { primitives: nodePrimitives });
}

async function writtenArchive(): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await createArchive(sink, {
    primitives: nodePrimitives,
    encryption: 'plaintext',
    compression: 'none',
  });
  const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: 'test', directory: '/' } });
  for (let file = 0; file < FILE_COUNT; file++) {
    const path = `/file-${file}`;
    const info = plainFileInfo(path.slice(1), 0o644, timestampFromMs(1_600_000_000_000));
    await snapshot.add({ path, info, content: () => [Buffer.from(path)] });
  }
  await snapshot.finish();
  await writer.close();
  return Uint8Array.from(sink.bytes);
}

/** `archive`, whose state lists every third blob, and the snapshot, once more behind all others: at the same place. */
async function withRepeats(archive: ArchiveReader, bytes: Uint8Array): Promise<Uint8Array> {
  const { layout, keys, state, source } = archive.parts;
  const { offset, length } = layout.state;
  const wrapped = await source.read(offset, length);
  const log = wrapped.slice(WRAPPED_HEADER_LENGTH, length - WRAPPED_MAC_LENGTH);
  const end = PARENT_LENGTH + state.blobs.count * LOCATION_LENGTH;
  const repeats = [...Array(state.blobs.count).keys()]
    .filter((index) => index % 3 === 0 || state.blobs.type(index) === ResourceType.snapshot)
    .map((index) => PARENT_LENGTH + index * LOCATION_LENGTH)
    .map((at) => log.subarray(at, at + LOCATION_LENGTH));
  const repeated = wrapObject(
    ResourceType.state,
    STATE_VERSION,
    concatBytes([log.subarray(0, end), ...repeats, log.subarray(end)]),
    keys.mac.begin(),
  );
  const trailer = encodeTrailer({
    configuration: layout.configuration.length,
    packfile: layout.packfile.length,
    state: repeated.length,
  });
  return concatBytes([bytes.subarray(0, offset), repeated, trailer]);
}
