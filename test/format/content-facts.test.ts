import assert from 'node:assert/strict';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { AssumedContents, KnownContents, UNKNOWN_SIZE } from '../../src/format/content-facts.ts';
import { ResourceType } from '../../src/format/resource-type.ts';

const blobs = new BlobIndex(16, 1);
const [chunk, other] = [1, 2].map((byte) =>
  blobs.findOrAdd(ResourceType.chunk, new Uint8Array(32).fill(byte)),
) as [number, number];
const entry = blobs.findOrAdd(ResourceType.vfsEntry, new Uint8Array(32).fill(3));

/** The chunk is read and has ten bytes, the other is not read. */
const FACTS = {
  damaged: new Set<number>(),
  sizes: Int32Array.of(10, UNKNOWN_SIZE, 7),
  proven: new Set(['several:30']),
};

describe('what is assumed of contents', () => {
  it('holds where it turns out so, also of what was not read', () => {
    const assumed = new AssumedContents(blobs.count);
    assert.ok(assumed.hasLength(chunk, 10) && assumed.hasLength(chunk, 10) && assumed.hasLength(other, 99));
    assert.ok(assumed.isProven('several:30') && assumed.isReadable());
    assert.ok(assumed.hold(blobs, FACTS));
    assert.ok(assumed.hold(blobs, { ...FACTS, proven: undefined }));
  });

  it('holds where only records are damaged: whoever reads them says so', () => {
    assert.ok(new AssumedContents(blobs.count).hold(blobs, { ...FACTS, damaged: new Set([entry]) }));
  });

  it('does not hold with a damaged chunk, a chunk of another length, or a content that is not proven', () => {
    const assumed = new AssumedContents(blobs.count);
    assert.equal(assumed.hold(blobs, { ...FACTS, damaged: new Set([other]) }), false);
    assumed.hasLength(chunk, 11);
    assert.equal(assumed.hold(blobs, FACTS), false);
    const named = new AssumedContents(blobs.count);
    named.isProven('several:31');
    assert.equal(named.hold(blobs, FACTS), false);
  });

  it('is not two lengths of one chunk', () => {
    const assumed = new AssumedContents(blobs.count);
    assumed.hasLength(other, 1);
    assert.equal(assumed.hasLength(other, 2), false);
  });
});

describe('what is known of contents', () => {
  it('is what was read', () => {
    const known = new KnownContents({ ...FACTS, damaged: new Set([other]) });
    assert.deepEqual([known.isReadable(chunk), known.isReadable(other)], [true, false]);
    assert.deepEqual([known.hasLength(chunk, 10), known.hasLength(chunk, 9)], [true, false]);
    assert.deepEqual([known.isProven('several:30'), known.isProven('several:31')], [true, false]);
  });
});
