/** Contents of several chunks, proven while their chunks are read for their ids: what is proven that way, and what must not be. */
import assert from 'node:assert/strict';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { ContentCheck, contentName } from '../../src/format/check-contents.ts';
import { encodeObject, type StoredObject } from '../../src/format/object.ts';
import { ResourceType, VERSION_1_0_0 } from '../../src/format/resource-type.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { generatedBytes } from './generated-bytes.ts';

const mac = nodePrimitives.macKey('BLAKE3', new Uint8Array(32));
const pieces = Array.from({ length: 5 }, (_, index) => generatedBytes('noise', index + 1, 1000 + index));

/** The object of a content of these pieces. */
function objectOf(
  content: readonly Uint8Array[],
  macOf = (bytes: Uint8Array) => mac.mac(bytes),
): StoredObject {
  const facts = { version: VERSION_1_0_0, entropy: 7.5, flags: 0 };
  const chunks = content.map((piece) => ({ ...facts, contentMac: mac.mac(piece), length: piece.length }));
  return { ...facts, contentMac: macOf(Buffer.concat(content)), chunks, contentType: '' };
}

/** Checks objects that are made of these pieces, which stand in the order of their indexes. @returns which contents are proven */
function proven(
  contents: readonly (readonly number[])[],
  change: (place: number, piece: Uint8Array) => Uint8Array | undefined = (_, piece) => piece,
  macOf = (bytes: Uint8Array) => mac.mac(bytes),
): boolean[] {
  const blobs = new BlobIndex(16, 1);
  for (const piece of pieces) blobs.findOrAdd(ResourceType.chunk, mac.mac(piece));
  const check = new ContentCheck(blobs, mac);
  const names = contents.map((parts) => {
    const content = parts.map((part) => pieces[part]!);
    const object = objectOf(content, macOf);
    const id = mac.mac(encodeObject(object));
    check.addObject(blobs.findOrAdd(ResourceType.object, id), object);
    return contentName(id, Buffer.concat(content).length);
  });
  const order = check.orderOf(Uint32Array.from(pieces.keys()));
  for (const index of order) check.announce(index);
  for (const index of order) check.addChunk(index, change(index, pieces[index]!));
  return names.map((name) => check.proven.has(name));
}

describe('check of contents', () => {
  it('proves those whose chunks come in their order, whatever lies between', () => {
    assert.deepEqual(
      proven([
        [0, 1, 2],
        [1, 3],
        [0, 4],
        [3, 4],
      ]),
      [true, true, true, true],
    );
  });

  it('leaves those with a chunk that repeats to a reader, who looks at the sizes first', () => {
    assert.deepEqual(
      proven([
        [2, 2, 2, 4],
        [2, 4],
      ]),
      [false, true],
    );
  });

  it('proves those that share chunks which stand before their own', () => {
    assert.deepEqual(
      proven([
        [0, 1, 2],
        [3, 1, 2],
        [4, 1],
        [4, 0, 2],
      ]),
      [true, true, true, true],
    );
  });

  it('leaves those whose orders contradict others to a reader', () => {
    const [one, repeating, other, third] = proven([
      [1, 0],
      [0, 1, 0],
      [0, 1],
      [2, 3, 4],
    ]);
    assert.notEqual(one, other);
    assert.deepEqual([repeating, third], [false, true]);
  });

  it('leaves contents to a reader where too many are open at a time', () => {
    const blobs = new BlobIndex(16, 1);
    const own = Array.from({ length: 300 }, (_, place) => generatedBytes('noise', place + 1, 100 + place));
    const shared = generatedBytes('noise', 1000, 50);
    const indexOf = (piece: Uint8Array): number => blobs.findOrAdd(ResourceType.chunk, mac.mac(piece));
    indexOf(shared);
    const check = new ContentCheck(blobs, mac);
    const plaintextOf = new Map(own.map((piece) => [indexOf(piece), piece]));
    plaintextOf.set(indexOf(shared), shared);
    for (const piece of own) {
      const object = objectOf([piece, shared]);
      check.addObject(blobs.findOrAdd(ResourceType.object, mac.mac(encodeObject(object))), object);
    }
    const order = check.orderOf(Uint32Array.from([...plaintextOf.keys()].sort((a, b) => a - b)));
    const wanted = [...order].filter((index) => check.announce(index));
    assert.equal(order.at(-1), indexOf(shared));
    assert.equal(wanted.length, 257);
    for (const index of order) check.addChunk(index, plaintextOf.get(index));
    assert.equal(check.proven.size, 256);
  });

  it('proves nothing of a content that its object belies', () => {
    assert.deepEqual(
      proven([[0, 1]], undefined, (bytes) => mac.mac(bytes.subarray(1))),
      [false],
    );
  });

  it('proves nothing with a chunk that cannot be read or has another length', () => {
    assert.deepEqual(
      proven(
        [
          [0, 1],
          [1, 2],
        ],
        (place, piece) => (place === 2 ? undefined : piece),
      ),
      [true, false],
    );
    assert.deepEqual(
      proven(
        [
          [0, 1],
          [1, 2],
        ],
        (place, piece) => (place === 0 ? piece.subarray(1) : piece),
      ),
      [false, true],
    );
  });

  it('wants the chunks of several, and no others', () => {
    const blobs = new BlobIndex(16, 1);
    const check = new ContentCheck(blobs, mac);
    assert.equal(check.announce(blobs.findOrAdd(ResourceType.chunk, mac.mac(pieces[0]!))), false);
    check.addObject(7, objectOf([pieces[0]!]));
    assert.equal(check.announce(0), false);
    assert.equal(check.proven.size, 0);
  });
});
