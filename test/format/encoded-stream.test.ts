/** State and index are compressed and sealed piece by piece: what comes out is what encoding the whole gives to a reader. */
import assert from 'node:assert/strict';
import { blobCodec } from '../../src/format/blob-codec.ts';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { viewOf } from '../../src/format/bytes.ts';
import { decodeIndex, encodeIndex, indexPieces } from '../../src/format/packfile.ts';
import { gatherPieces } from '../../src/format/piece.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import { ResourceType, STATE_VERSION } from '../../src/format/resource-type.ts';
import { decodeState, encodeState, statePieces } from '../../src/format/state.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';

const facts = {
  packfileId: new Uint8Array(32).fill(3),
  stateId: new Uint8Array(32).fill(4),
  timestampNs: 1_795_269_858_000_000_000n,
  serial: new Uint8Array(16),
};
const key = Uint8Array.from({ length: 32 }, (_, index) => index);

function indexOf(count: number): BlobIndex {
  const blobs = new BlobIndex(count, 0);
  const id = new Uint8Array(32);
  for (let blob = 0; blob < count; blob++) {
    viewOf(id).setUint32(28, blob);
    blobs.add(ResourceType.chunk, id, 100 * blob, 100);
  }
  return blobs;
}

describe('encoding in pieces', () => {
  // None, one piece, exactly full ones of the index (256 KiB hold 4681 records), several of both.
  for (const count of [0, 3, 4681, 9362, 10_000]) {
    const blobs = indexOf(count);
    it(`makes the records of ${count} blobs`, () => {
      const records = [...decodeIndex(encodeIndex(blobs), 100 * count)];
      assert.equal(records.length, count);
      assert.equal(records[count - 1]?.offset, count === 0 ? undefined : 100 * (count - 1));
      const state = decodeState(encodeState(blobs, facts), STATE_VERSION, 100 * count, 0).blobs;
      assert.equal(state.count, count);
      if (count > 0) assert.equal(state.offset(count - 1), 100 * (count - 1));
    });

    for (const compression of ['LZ4', 'GZIP', undefined] as const) {
      it(`gives ${compression ?? 'nothing'} of ${count} blobs as a whole, open and sealed`, () => {
        const plaintext = encodeState(blobs, facts);
        const index = encodeIndex(blobs);
        for (const primitives of count > 5000 ? [nodePrimitives] : [nodePrimitives, portablePrimitives]) {
          for (const sealer of [undefined, primitives.sealer(key)]) {
            const codec = blobCodec(primitives, { sealer }, compression);
            const state = gatherPieces(codec.encodeStream(statePieces(blobs, facts)));
            assert.ok(Buffer.from(codec.decode(state, plaintext.length)).equals(plaintext));
            const records = gatherPieces(codec.encodeStream(indexPieces(blobs)));
            assert.ok(Buffer.from(codec.decode(records, index.length)).equals(index));
          }
        }
      });
    }
  }

  it('gives the bytes of one frame for one piece', () => {
    const codec = blobCodec(nodePrimitives, { sealer: undefined }, 'LZ4');
    const blobs = indexOf(2500);
    const whole = codec.encode(encodeState(blobs, facts));
    assert.deepEqual(gatherPieces(codec.encodeStream(statePieces(blobs, facts))), whole);
  });
});
