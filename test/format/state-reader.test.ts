/** Reading the state piece by piece: what comes out and what is refused is the same as where it is decoded as a whole. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blobCodec } from '../../src/format/blob-codec.ts';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { concatBytes, viewOf } from '../../src/format/bytes.ts';
import { joinLz4Frames } from '../../src/format/lz4.ts';
import { ResourceType, STATE_VERSION } from '../../src/format/resource-type.ts';
import { decodeState, encodeState, StateDecoder } from '../../src/format/state.ts';
import { readState } from '../../src/format/state-reader.ts';
import { wrapObject } from '../../src/format/wrapped-object.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';
import { MemorySource } from './memory-store.ts';

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const mac = nodePrimitives.macKey('BLAKE3', key);
const sealer = nodePrimitives.sealer(key);
const facts = {
  packfileId: new Uint8Array(32).fill(3),
  stateId: new Uint8Array(32).fill(4),
  timestampNs: 1_795_269_858_000_000_000n,
  serial: new Uint8Array(16).fill(7),
};
/** As many blobs as make a state that is not kept, uncompressed. */
const LONG_COUNT = 200_000;

function indexOf(count: number): BlobIndex {
  const blobs = new BlobIndex(count, 0);
  const id = new Uint8Array(32);
  for (let blob = 0; blob < count; blob++) {
    viewOf(id).setUint32(28, Math.imul(blob, 0x9e37_79b1));
    blobs.add(ResourceType.chunk, id, 100 * blob, 100);
  }
  return blobs;
}

/** Reads `plaintext` as the state of an archive with this compression. */
function readStored(
  plaintext: Uint8Array,
  compression: 'LZ4' | 'GZIP' | undefined,
  change: (wrapped: Uint8Array) => MemorySource = (wrapped) => new MemorySource(wrapped),
): ReturnType<typeof readState> {
  const codec = blobCodec(nodePrimitives, { sealer }, compression);
  const wrapped = wrapObject(ResourceType.state, STATE_VERSION, codec.encode(plaintext), mac.begin());
  const dataLength = 100 * LONG_COUNT;
  return readState(
    change(wrapped),
    { offset: 0, length: wrapped.length },
    { codec, mac, dataLength, seed: 5 },
  );
}

describe('the state in pieces', () => {
  it('is taken entry by entry, wherever it is cut', () => {
    const blobs = indexOf(20);
    const plaintext = encodeState(blobs, facts);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (length) => {
        const expected = { version: STATE_VERSION, dataLength: 2000, seed: 0 };
        const decoder = new StateDecoder(expected, 0);
        let bytes: Uint8Array = new Uint8Array(0);
        for (let at = 0; at < plaintext.length; at += length) {
          bytes = concatBytes([bytes, plaintext.subarray(at, at + length)]);
          bytes = bytes.subarray(decoder.takeEntries(bytes, false));
        }
        const state = decoder.end(bytes, decoder.takeEntries(bytes, true));
        assert.equal(state.blobs.count, 20);
        for (let blob = 0; blob < 20; blob++) assert.deepEqual(state.blobs.id(blob), blobs.id(blob));
        assert.deepEqual(state.serial, facts.serial);
        assert.equal(state.timestampNs, facts.timestampNs);
      }),
    );
  });

  it('is measured and not decoded where it becomes much longer than what is stored', async () => {
    const frame = nodePrimitives.compress('LZ4', new Uint8Array(64 * 1024 * 1024));
    const codec = blobCodec(nodePrimitives, { sealer: undefined }, 'LZ4');
    let decoded = 0;
    const counting = {
      ...codec,
      decodeStream: async function* (stored: AsyncIterable<Uint8Array>, sizeMax: number) {
        for await (const piece of codec.decodeStream(stored, sizeMax) ?? []) {
          decoded += piece.length;
          yield piece;
        }
      },
    };
    const zeros = concatBytes(
      [...joinLz4Frames(Array.from({ length: 65 }, () => frame))].map((one) => one.slice()),
    );
    const wrapped = wrapObject(ResourceType.state, STATE_VERSION, zeros, mac.begin());
    const extent = { offset: 0, length: wrapped.length };
    await assert.rejects(
      readState(new MemorySource(wrapped), extent, { codec: counting, mac, dataLength: 0, seed: 5 }),
      withCode('FORMAT_LIMIT'),
    );
    assert.ok(decoded > 0 && decoded <= 16 * wrapped.length, String(decoded));
  });

  for (const count of [0, 3, 40_000, LONG_COUNT]) {
    it(`has ${count} blobs, however it is compressed`, async () => {
      const blobs = indexOf(count);
      const plaintext = encodeState(blobs, facts);
      for (const compression of [undefined, 'LZ4', 'GZIP'] as const) {
        const state = await readStored(plaintext, compression);
        assert.equal(state.blobs.count, count);
        assert.deepEqual(state.serial, facts.serial);
        for (let blob = 0; blob < count; blob += 997) {
          assert.equal(state.blobs.find(ResourceType.chunk, blobs.id(blob)), blob);
          assert.equal(state.blobs.offset(blob), 100 * blob);
        }
      }
    });
  }

  it('is refused in the words that are used for the whole', async () => {
    const plaintext = encodeState(indexOf(30_000), facts);
    const wrongLength = plaintext.slice();
    viewOf(wrongLength).setUint32(32 + 20_000 * 90 + 1, 84, true);
    const tooFar = plaintext.slice();
    viewOf(tooFar).setUint32(32 + 29_999 * 90 + 82, 0xffff_ffff, true);
    const damaged = [
      wrongLength,
      tooFar,
      plaintext.subarray(0, plaintext.length - 1),
      plaintext.subarray(0, 1_500_000),
      concatBytes([plaintext, new Uint8Array(1)]),
      concatBytes([plaintext, new Uint8Array(3_000_000)]),
    ];
    for (const bytes of damaged) {
      let expected: unknown;
      try {
        decodeState(bytes, STATE_VERSION, 100 * LONG_COUNT, 5);
      } catch (error) {
        expected = error;
      }
      assert.ok(expected instanceof Error);
      for (const compression of [undefined, 'LZ4'] as const) {
        await assert.rejects(readStored(bytes, compression), { message: expected.message });
      }
    }
  });

  it('is authenticated', async () => {
    for (const count of [3, LONG_COUNT]) {
      const plaintext = encodeState(indexOf(count), facts);
      for (const part of [0.1, 0.5, 0.999]) {
        const flipped = (wrapped: Uint8Array): MemorySource => {
          const at = Math.floor(wrapped.length * part);
          wrapped[at] = (wrapped[at] ?? 0) ^ 1;
          return new MemorySource(wrapped);
        };
        await assert.rejects(readStored(plaintext, undefined, flipped), withCode('INTEGRITY_MAC'));
      }
    }
  });

  it('is refused where authentic segments are in another order', async () => {
    const plaintext = encodeState(indexOf(LONG_COUNT), facts);
    const changed = (wrapped: Uint8Array): MemorySource => {
      const [first, length] = [16 + 40, 65_536 + 28];
      const segment = wrapped.slice(first, first + length);
      wrapped.copyWithin(first, first + length, first + 2 * length);
      wrapped.set(segment, first + length);
      return new MemorySource(wrapped);
    };
    await assert.rejects(readStored(plaintext, undefined, changed), withCode('INTEGRITY_MAC'));
  });
});
