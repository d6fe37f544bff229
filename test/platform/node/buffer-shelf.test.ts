/** Buffers that are used again. */
import assert from 'node:assert/strict';
import { BufferShelf } from '../../../src/platform/node/buffer-shelf.ts';

const MIB = 1024 * 1024;

describe('shelf of buffers', () => {
  it('gives a buffer again, also where a smaller one would do, but none that is much larger', () => {
    const shelf = new BufferShelf(64 * MIB);
    const { buffer } = shelf.take(4 * MIB - 1);
    assert.equal(buffer.byteLength, 4 * MIB);
    shelf.give(buffer);
    assert.equal(shelf.take(2 * MIB).buffer, buffer);
    shelf.give(buffer);
    assert.notEqual(shelf.take(1).buffer, buffer);
    assert.notEqual(shelf.take(5 * MIB).buffer, buffer);
    assert.equal(shelf.takeKept(4 * MIB), buffer);
    assert.equal(shelf.takeKept(4 * MIB), undefined);
  });

  it('has nothing to give where nobody says how much', () => {
    const shelf = new BufferShelf(64 * MIB);
    shelf.give(shelf.take(MIB).buffer);
    assert.equal(shelf.takeKept(0), undefined);
  });

  it('keeps no more than it may, and hands over what it keeps when it is cleared', () => {
    const shelf = new BufferShelf(3 * MIB);
    const buffers = Array.from({ length: 4 }, () => shelf.take(MIB).buffer);
    for (const buffer of buffers) shelf.give(buffer);
    shelf.give(new ArrayBuffer(MIB - 1));
    assert.deepEqual(shelf.clear(), buffers.slice(0, 3));
    assert.deepEqual(shelf.clear(), []);
  });
});
