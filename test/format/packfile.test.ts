/** The packfile's index and footer. */
import assert from 'node:assert/strict';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { viewOf } from '../../src/format/bytes.ts';
import {
  checkIndex,
  decodeFooter,
  decodeIndex,
  encodeFooter,
  encodeIndex,
  FOOTER_LENGTH,
  INDEX_RECORD_LENGTH,
} from '../../src/format/packfile.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import { withCode } from './expected-error.ts';

const mac = portablePrimitives.macKey('BLAKE3', new Uint8Array(32));

function someBlobs(): BlobIndex {
  const blobs = new BlobIndex(2, 0);
  blobs.add(9, new Uint8Array(32).fill(1), 0, 10);
  blobs.add(7, new Uint8Array(32).fill(2), 10, 20);
  return blobs;
}

describe('packfile', () => {
  it('gives back its index', () => {
    const index = encodeIndex(someBlobs());
    assert.equal(index.length, 2 * INDEX_RECORD_LENGTH);
    assert.deepEqual(
      [...decodeIndex(index, 30)].map(({ type, version, offset, length, flags }) => [
        type,
        version,
        offset,
        length,
        flags,
      ]),
      [
        [9, 0x10000, 0, 10, 0],
        [7, 0x10000, 10, 20, 0],
      ],
    );
    assert.deepEqual([...decodeIndex(new Uint8Array(), 0)], []);
  });

  it('refuses records that reach beyond the blobs, also where the sum overflows', () => {
    const index = encodeIndex(someBlobs());
    assert.throws(() => [...decodeIndex(index, 29)], withCode('FORMAT_LAYOUT'));
    viewOf(index).setBigUint64(40, 2n ** 64n - 5n, true);
    assert.throws(() => [...decodeIndex(index, 30)], withCode('FORMAT_LAYOUT'));
    assert.throws(() => [...decodeIndex(index.subarray(1), 30)], withCode('FORMAT_LAYOUT'));
  });

  it('gives back its footer', () => {
    const footer = {
      timestampNs: 1_795_269_858_063_080_765n,
      count: 2,
      indexOffset: 30,
      indexMac: mac.mac(new Uint8Array()),
    };
    const bytes = encodeFooter(footer);
    assert.equal(bytes.length, FOOTER_LENGTH);
    assert.deepEqual(decodeFooter(bytes, 30), footer);
    assert.throws(() => decodeFooter(bytes, 29), withCode('FORMAT_LAYOUT'));
    assert.throws(() => decodeFooter(bytes.subarray(1), 30), withCode('FORMAT_LAYOUT'));
  });

  it('holds the index against the footer', () => {
    const index = encodeIndex(someBlobs());
    const footer = { timestampNs: 0n, count: 2, indexOffset: 30, indexMac: mac.mac(index) };
    checkIndex(index, footer, mac);
    assert.throws(() => checkIndex(index, { ...footer, count: 1 }, mac), withCode('FORMAT_LAYOUT'));
    checkIndex(index, { ...footer, count: 3 }, mac);
    assert.throws(
      () => checkIndex(index.subarray(INDEX_RECORD_LENGTH), footer, mac),
      withCode('INTEGRITY_MAC'),
    );
  });
});
