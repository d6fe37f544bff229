/** What a check reads, and that its findings name all that is lost. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { ArchiveReader } from '../../src/format/archive-reader.ts';
import { createArchive } from '../../src/format/archive-writer.ts';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { isRead, sampleChunks } from '../../src/format/check-sample.ts';
import { type ChunkScope } from '../../src/format/check-sample.ts';
import { checkArchive, openArchive, plainFileInfo, timestampFromMs } from '../../src/format/index.ts';
import type { Finding } from '../../src/format/finding.ts';
import type { ByteSource } from '../../src/format/ports.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

const shared = generatedBytes('noise', 11, 30_000);

/** Two snapshots: the first with 400 small files and two of one content, the second with that content once more. */
async function makeArchive(): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = await createArchive(sink, { primitives: nodePrimitives, encryption: 'plaintext' });
  const importer = { type: 'fs', origin: 'test', directory: '/' };
  const add = async (snapshot: ReturnType<typeof writer.beginSnapshot>, path: string, bytes: Uint8Array) =>
    snapshot.add({
      path,
      info: plainFileInfo(path.slice(path.lastIndexOf('/') + 1), 0o644, timestampFromMs(0)),
      content: () => [bytes],
    });
  const first = writer.beginSnapshot({ importer });
  await add(first, '/twin/one', shared);
  await add(first, '/twin/two', shared);
  for (let file = 0; file < 400; file++) {
    await add(first, `/many/f${String(file).padStart(3, '0')}`, generatedBytes('noise', file + 1, 200));
  }
  await first.finish();
  const second = writer.beginSnapshot({ importer });
  await add(second, '/again', shared);
  await second.finish();
  await writer.close();
  return sink.bytes;
}

function open(bytes: Uint8Array): Promise<ArchiveReader> {
  return openArchive(new MemorySource(bytes), { primitives: nodePrimitives });
}

async function findingsOf(bytes: Uint8Array, chunks: ChunkScope): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of checkArchive(await open(bytes), { chunks })) findings.push(finding);
  return findings;
}

/** `bytes` with the stored bytes of the blob `index` damaged. */
async function damaged(bytes: Uint8Array, index: number): Promise<Uint8Array> {
  const { parts } = await open(bytes);
  const copy = Uint8Array.from(bytes);
  const at = blobOffset(parts, index) + Math.floor(parts.state.blobs.length(index) / 2);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}

async function indexesOf(bytes: Uint8Array, type: ResourceType): Promise<number[]> {
  const { blobs } = (await open(bytes)).parts.state;
  return Array.from({ length: blobs.count }, (_, index) => index).filter(
    (index) => blobs.type(index) === type,
  );
}

describe('check', () => {
  let archive: Uint8Array;
  let chunks: number[];
  before(async () => {
    archive = await makeArchive();
    chunks = await indexesOf(archive, ResourceType.chunk);
  });

  it('names every path of every snapshot that a damaged chunk is part of', async () => {
    const findings = await findingsOf(await damaged(archive, chunks[0]!), 'all');
    const { parts } = await open(archive);
    const offset = blobOffset(parts, chunks[0]!);
    const lost = findings.filter((finding) => finding.lost === 'content');
    assert.deepEqual(lost.map(({ path }) => path).sort(), ['/again', '/twin/one', '/twin/two']);
    assert.equal(new Set(lost.map(({ snapshot }) => snapshot)).size, 2);
    assert.ok(
      lost.every((finding) => finding.offset === offset && finding.message.includes('1 of 1 chunks')),
    );
    assert.ok(findings.some((finding) => finding.code === 'INTEGRITY_MAC'));
  });

  it('reads no more where nobody wants more findings', async () => {
    const sink = new MemorySink();
    const writer = await createArchive(sink, { primitives: nodePrimitives, encryption: 'plaintext' });
    const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: 'test', directory: '/' } });
    const content = () =>
      Array.from({ length: 40 }, (_, index) => generatedBytes('noise', index + 1, 1 << 18));
    await snapshot.add({ path: '/big', info: plainFileInfo('big', 0o644, timestampFromMs(0)), content });
    await snapshot.finish();
    await writer.close();
    const [record] = await indexesOf(sink.bytes, ResourceType.vfsEntry);
    const source = new MemorySource(await damaged(sink.bytes, record!));
    let reads = 0;
    const counted: ByteSource = {
      name: source.name,
      size: source.size,
      read: async (offset, length) => {
        reads++;
        await setImmediate();
        return source.read(offset, length);
      },
      close: () => source.close(),
    };
    for await (const finding of checkArchive(await openArchive(counted, { primitives: nodePrimitives }))) {
      assert.ok(finding);
      break;
    }
    await setImmediate();
    const before = reads;
    for (let turn = 0; turn < 50; turn++) await setImmediate();
    assert.equal(reads, before);
  });

  it('goes on behind a damaged tree node and says what it hides', async () => {
    const [node] = await indexesOf(archive, ResourceType.vfsNode);
    const findings = await findingsOf(await damaged(archive, node!), 'none');
    const gaps = findings.filter(({ lost }) => lost === 'entries');
    assert.equal(gaps.length, 1);
    // Leaves are written from the last to the first, so the first node is the last leaf.
    assert.match(gaps[0]!.message, /hidden: \/many\/f\d+ to the last/);
    assert.equal(findings.filter(({ lost }) => lost === 'content').length, 0);
  });

  it('names the entry that cannot be read, and goes on', async () => {
    const entries = await indexesOf(archive, ResourceType.vfsEntry);
    const findings = await findingsOf(await damaged(archive, entries[0]!), 'none');
    assert.deepEqual(
      findings.filter(({ path }) => path !== undefined).map(({ path, lost }) => [path, lost]),
      [['/twin/one', 'entry']],
    );
  });

  it('reads no chunk when only the structure is asked for, and finds all other damage', async () => {
    const source = new MemorySource(archive);
    const reader = await openArchive(source, { primitives: nodePrimitives });
    const { blobs } = reader.parts.state;
    const chunkBytes = chunks.reduce((sum, index) => sum + blobs.length(index), 0);
    for await (const finding of checkArchive(reader, { chunks: 'none' })) assert.fail(finding.message);
    const dataBytes = reader.parts.layout.packfile.length;
    // Metadata is read for its MAC and once more for what it says.
    assert.ok(source.bytesRead < 3 * (dataBytes - chunkBytes), `${source.bytesRead}, chunks ${chunkBytes}`);
    assert.deepEqual(await findingsOf(await damaged(archive, chunks[3]!), 'none'), []);
    for (const type of [ResourceType.object, ResourceType.snapshot, ResourceType.vfsTree]) {
      const [index] = await indexesOf(archive, type);
      assert.notDeepEqual(await findingsOf(await damaged(archive, index!), 'none'), []);
    }
  });

  it('reads exactly the chunks of the sample', async () => {
    const { blobs } = (await open(archive)).parts.state;
    const sample = sampleChunks(blobs, 0.1, (length) => nodePrimitives.randomBytes(length));
    const [inside, outside] = [true, false].map((side) =>
      chunks.find((index) => isRead(sample, blobs, index) === side),
    );
    assert.ok(
      (await findingsOf(await damaged(archive, inside!), sample)).some(({ lost }) => lost === 'content'),
    );
    assert.deepEqual(await findingsOf(await damaged(archive, outside!), sample), []);
  });

  it('reports progress that ends at its total', async () => {
    for (const scope of ['all', 'none'] as const) {
      let last: readonly [number, number] = [0, 1];
      const onProgress = (done: number, total: number): void => {
        assert.ok(done >= last[0] && done <= total);
        last = [done, total];
      };
      for await (const finding of checkArchive(await open(archive), { chunks: scope, onProgress })) {
        assert.fail(finding.message);
      }
      const share = last[0] / last[1];
      assert.ok(share > 0.99, `${share}`);
    }
  });
});

describe('chunk sample', () => {
  const indexOf = (types: readonly number[]): BlobIndex => {
    const index = new BlobIndex(types.length, 1);
    types.forEach((type, at) => {
      const id = new Uint8Array(32);
      new DataView(id.buffer).setUint32(0, at);
      index.add(type, id, at, 1);
    });
    return index;
  };

  it('has the size asked for, of chunks only, and says what it misses', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<number>(ResourceType.chunk, ResourceType.object), { maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (types, share) => {
          const blobs = indexOf(types);
          const sample = sampleChunks(blobs, share, (length) => nodePrimitives.randomBytes(length));
          const total = types.filter((type) => type === ResourceType.chunk).length;
          const read = types.filter(
            (type, index) => type === ResourceType.chunk && isRead(sample, blobs, index),
          );
          assert.equal(sample.total, total);
          assert.equal(sample.count, Math.ceil(total * share));
          assert.equal(read.length, sample.count);
          assert.equal(sample.missProbability, total === 0 ? 0 : 1 - sample.count / total);
          assert.ok(
            types.every((type, index) => type === ResourceType.chunk || isRead(sample, blobs, index)),
          );
        },
      ),
    );
  });

  it('prefers no chunk', () => {
    const blobs = indexOf(Array.from({ length: 20 }, () => ResourceType.chunk));
    const hits = new Array<number>(20).fill(0);
    const noise = generatedBytes('noise', 99, 6 * 20 * 4000);
    let at = 0;
    const next = (length: number): Uint8Array => noise.subarray(at, (at += length));
    for (let round = 0; round < 4000; round++) {
      const sample = sampleChunks(blobs, 0.25, next);
      for (let index = 0; index < 20; index++) hits[index]! += Number(isRead(sample, blobs, index));
    }
    // 1000 expected, standard deviation 27.
    assert.ok(
      hits.every((count) => Math.abs(count - 1000) < 140),
      hits.join(' '),
    );
  });
});
