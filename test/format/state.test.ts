/** The state: both versions, every kind of entry, and lengths that lie. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PtarErrorCode } from '../../src/errors.ts';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { concatBytes, toHex, viewOf } from '../../src/format/bytes.ts';
import { STATE_VERSION, VERSION_1_0_0 } from '../../src/format/resource-type.ts';
import { colouredKey, decodeState, encodeState } from '../../src/format/state.ts';
import { withCode } from './expected-error.ts';

const facts = {
  packfileId: new Uint8Array(32).fill(3),
  stateId: new Uint8Array(32).fill(4),
  timestampNs: 1_795_269_858_000_000_000n,
  serial: Uint8Array.from({ length: 16 }, (_, index) => index),
};
const id = new Uint8Array(32).fill(9);

function entry(type: number, data: Uint8Array, length = data.length): Uint8Array {
  const head = new Uint8Array(5);
  head[0] = type;
  viewOf(head).setUint32(1, length, true);
  return concatBytes([head, data]);
}
const metadata = (): Uint8Array => Uint8Array.of(1, ...new Uint8Array(28));
const location = (type: number, offset: bigint, length: number): Uint8Array => {
  const data = new Uint8Array(85);
  data[0] = type;
  data.set(id, 5);
  viewOf(data).setBigUint64(69, offset, true);
  viewOf(data).setUint32(77, length, true);
  return entry(2, data);
};
const coloured = (type: number): Uint8Array => entry(3, Uint8Array.of(type, ...id, ...new Uint8Array(8)));
const log = (...entries: Uint8Array[]): Uint8Array =>
  concatBytes([new Uint8Array(32), ...entries, metadata()]);
const read = (bytes: Uint8Array, dataLength = 100): ReturnType<typeof decodeState> =>
  decodeState(bytes, STATE_VERSION, dataLength, 0);

describe('state', () => {
  it('gives back every blob', () => {
    const blob = fc.record({ type: fc.constantFrom(5, 7, 9), fill: fc.nat(255), length: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(blob, { maxLength: 50 }), (items) => {
        const blobs = new BlobIndex(0, 0);
        let offset = 0;
        for (const { type, fill, length } of items) {
          blobs.add(type, new Uint8Array(32).fill(fill), offset, length);
          offset += length;
        }
        const state = read(encodeState(blobs, facts), offset);
        assert.equal(state.blobs.count, blobs.count);
        for (let at = 0; at < blobs.count; at++) {
          assert.equal(state.blobs.type(at), blobs.type(at));
          assert.equal(toHex(state.blobs.id(at)), toHex(blobs.id(at)));
          assert.equal(state.blobs.offset(at), blobs.offset(at));
          assert.equal(state.blobs.length(at), blobs.length(at));
        }
        assert.equal(state.timestampNs, facts.timestampNs);
        assert.deepEqual(state.serial, facts.serial);
        assert.equal(state.coloured.size, 0);
      }),
    );
  });

  it('reads version 1.0.0, which has no parent', () => {
    const bytes = concatBytes([location(9, 0n, 10), metadata()]);
    assert.equal(decodeState(bytes, VERSION_1_0_0, 10, 0).blobs.find(9, id), 0);
    assert.equal(decodeState(metadata(), VERSION_1_0_0, 0, 0).blobs.count, 0);
  });

  it('knows what is marked as deleted', () => {
    const { coloured: marked } = read(log(location(5, 0n, 1), coloured(5)));
    assert.equal(marked.has(colouredKey(5, id)), true);
    assert.equal(marked.has(colouredKey(9, id)), false);
  });

  it('keeps the first of two places of one blob', () => {
    const { blobs } = read(log(location(9, 1n, 10), location(9, 50n, 10)));
    assert.equal(blobs.find(9, id), 0);
    assert.equal(blobs.offset(0), 1);
    assert.equal(blobs.distinct().count, 1);
    assert.equal(blobs.distinct().offset(0), 1);
  });

  it('passes over configuration, packfile and unknown entries', () => {
    const configuration = Uint8Array.of(1, 0x6b, 2, 0, 0x76, 0x76, ...new Uint8Array(8));
    const state = read(
      log(entry(5, configuration), entry(4, new Uint8Array(72)), entry(77, new Uint8Array(3))),
    );
    assert.equal(state.blobs.count, 0);
  });

  it('passes over DELETE entries at the beginning only', () => {
    const deleted = entry(6, new Uint8Array(66));
    assert.equal(read(log(deleted, location(9, 0n, 1))).blobs.count, 1);
    assert.throws(() => read(log(location(9, 0n, 1), deleted)), withCode('FORMAT_LAYOUT'));
  });

  it('takes locations up to the end of the data and none beyond', () => {
    assert.equal(read(log(location(9, 90n, 10))).blobs.count, 1);
    assert.equal(read(log(location(9, 100n, 0))).blobs.count, 1);
    for (const [offset, length] of [
      [91n, 10],
      [101n, 0],
      [2n ** 64n - 1n, 1],
      [2n ** 63n, 0],
      [0n, 4_294_967_295],
    ] as const) {
      assert.throws(() => read(log(location(9, offset, length))), withCode('FORMAT_LAYOUT'));
    }
  });

  it('refuses what contradicts its length', () => {
    const cases: readonly (readonly [code: PtarErrorCode, bytes: Uint8Array])[] = [
      ['FORMAT_TRUNCATED', new Uint8Array()],
      ['FORMAT_TRUNCATED', new Uint8Array(32)],
      ['FORMAT_TRUNCATED', log(location(9, 0n, 1)).subarray(0, 100)],
      ['FORMAT_TRUNCATED', log(entry(77, new Uint8Array(), 4_294_967_295))],
      ['FORMAT_TRUNCATED', concatBytes([new Uint8Array(32), entry(4, new Uint8Array(72))])],
      ['FORMAT_ENCODING', log(entry(2, new Uint8Array(84)))],
      ['FORMAT_ENCODING', log(entry(3, new Uint8Array(42)))],
      ['FORMAT_ENCODING', log(entry(4, new Uint8Array()))],
      ['FORMAT_ENCODING', log(entry(6, new Uint8Array(65)))],
      ['FORMAT_ENCODING', log(entry(5, new Uint8Array(10)))],
      ['FORMAT_ENCODING', log(entry(5, Uint8Array.of(255, ...new Uint8Array(11))))],
      ['FORMAT_ENCODING', log(entry(5, Uint8Array.of(0, 255, 255, ...new Uint8Array(9))))],
      ['FORMAT_LAYOUT', concatBytes([log(), new Uint8Array(1)])],
      ['FORMAT_LAYOUT', concatBytes([log(), metadata()])],
    ];
    for (const [code, bytes] of cases) assert.throws(() => read(bytes), withCode(code), toHex(bytes));
  });

  it('never fails otherwise', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(VERSION_1_0_0, STATE_VERSION),
        (bytes, version) => {
          try {
            decodeState(bytes, version, 1000, 0);
          } catch (error) {
            assert.match((error as { code: string }).code, /^FORMAT_(TRUNCATED|LAYOUT|ENCODING)$/);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
