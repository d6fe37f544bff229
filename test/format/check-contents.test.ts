/** Contents of several chunks, proven while their chunks are read for their ids: what is proven that way, and what must not be. */
import assert from 'node:assert/strict';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { ContentCheck, contentName } from '../../src/format/check-contents.ts';
import { encodeObject } from '../../src/format/object.ts';
import { ResourceType, VERSION_1_0_0 } from '../../src/format/resource-type.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { generatedBytes } from './generated-bytes.ts';

const mac = nodePrimitives.macKey('BLAKE3', new Uint8Array(32));
const pieces = Array.from({ length: 5 }, (_, index) => generatedBytes('noise', index + 1, 1000 + index));

/** Checks objects that are made of these pieces; the pieces come in the order of their indexes. @returns which contents are proven */
function proven(
  contents: readonly (readonly number[])[],
  change: (place: number, piece: Uint8Array) => Uint8Array | undefined = (_, piece) => piece,
  macOf = (bytes: Uint8Array) => mac.mac(bytes),
): boolean[] {
  const blobs = new BlobIndex(16, 1);
  for (const piece of pieces) blobs.findOrAdd(ResourceType.chunk, mac.mac(piece));
  const check = new ContentCheck(blobs, mac);
  const names = contents.map((parts) => {
    const whole = Buffer.concat(parts.map((part) => pieces[part]!));
    const chunks = parts.map((part) => ({
      version: VERSION_1_0_0,
      contentMac: mac.mac(pieces[part]!),
      length: pieces[part]!.length,
      entropy: 7.5,
      flags: 0,
    }));
    const object = {
      version: VERSION_1_0_0,
      contentMac: macOf(whole),
      chunks,
      contentType: '',
      entropy: 7.5,
      flags: 0,
    };
    const plaintext = encodeObject(object);
    const id = mac.mac(plaintext);
    check.addObject(blobs.findOrAdd(ResourceType.object, id), plaintext);
    return contentName(id, whole.length);
  });
  for (const index of pieces.keys()) check.announce(index);
  for (const [index, piece] of pieces.entries()) check.addChunk(index, change(index, piece));
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

  it('leaves those whose chunks come in another order to a reader', () => {
    assert.deepEqual(
      proven([
        [1, 0],
        [0, 1, 0],
        [0, 1],
      ]),
      [false, false, true],
    );
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
    check.addObject(7, new Uint8Array(300).fill(0xc1));
    assert.equal(check.proven.size, 0);
  });
});
