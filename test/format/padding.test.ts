import assert from 'node:assert/strict';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { checkArchive, openArchive } from '../../src/format/index.ts';
import { paddingLength, readBeyondMax } from '../../src/format/padding.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink, MemorySource } from './memory-store.ts';
import { writeChunkLast } from './reordered-archive.ts';

const MIB = 1024 * 1024;

function blobsOf(...lengths: number[]): { blobs: BlobIndex; dataLength: number } {
  const blobs = new BlobIndex(lengths.length, 1);
  let offset = 0;
  for (const [index, length] of lengths.entries()) {
    blobs.add(ResourceType.chunk, generatedBytes('noise', index + 1, 32), offset, length);
    offset += length;
  }
  return { blobs, dataLength: offset };
}

describe('padding', () => {
  it('follows the bits of a length', () => {
    assert.deepEqual(
      [0, 1, 2, 4, 255, 256, MIB, 2 * MIB, 8 * MIB - 1, 8 * MIB].map(readBeyondMax),
      [0, 0, 1, 1, 15, 15, 1023, 2047, 2047, 4095],
    );
  });

  it('is as long as the last long blobs need, less what follows them anyway', () => {
    const alone = blobsOf(8 * MIB);
    const needed = paddingLength(alone.blobs, alone.dataLength);
    assert.ok(needed > 3000 && needed < 4095, `${needed} bytes`);
    const followed = blobsOf(8 * MIB, 1000);
    assert.equal(paddingLength(followed.blobs, followed.dataLength), needed - 1000 - 32);
    const enough = blobsOf(8 * MIB, 4095);
    assert.equal(paddingLength(enough.blobs, enough.dataLength), 0);
    const none = blobsOf();
    assert.equal(paddingLength(none.blobs, none.dataLength), 0);
  });

  it('is written where an archive ends with a long blob, and nothing misses or minds it', async () => {
    const sink = new MemorySink();
    await writeChunkLast(sink);
    const bytes = Uint8Array.from(sink.bytes);
    const archive = await openArchive(new MemorySource(bytes), { primitives: nodePrimitives });
    const { blobs } = archive.parts.state;
    for (let index = 0; index < blobs.count; index++) {
      const end = blobOffset(archive.parts, index) + blobs.length(index);
      assert.ok(bytes.length - end >= readBeyondMax(blobs.length(index)));
    }
    assert.ok([...Array(blobs.count).keys()].some((index) => blobs.type(index) === ResourceType.random));
    for await (const finding of checkArchive(archive)) assert.fail(finding.message);
  });
});
