/**
 * Archives as lists of plaintext blobs, for inputs that get past all authentication: what someone who knows the key could write.
 *
 * Input: for each blob u8 type, 32-byte id, u32 length, plaintext. Every blob counts as authentic under its id.
 */
import { BlobIndex } from '../../src/format/blob-index.ts';
import { blobCodec } from '../../src/format/blob-codec.ts';
import { BlobReader } from '../../src/format/blob-reader.ts';
import type { ArchiveParts } from '../../src/format/archive-reader.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import type { Hasher, MacKey } from '../../src/format/ports.ts';

const HEAD_LENGTH = 37;

/** The input for `blobs`. */
export function encodeBlobList(
  blobs: Iterable<{ readonly type: number; readonly id: Uint8Array; readonly plaintext: Uint8Array }>,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { type, id, plaintext } of blobs) {
    const head = new Uint8Array(HEAD_LENGTH);
    head[0] = type;
    head.set(id, 1);
    new DataView(head.buffer).setUint32(33, plaintext.length, true);
    parts.push(head, plaintext);
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** The archive that `input` describes, as far as it goes. */
export function blobListParts(input: Uint8Array): ArchiveParts {
  const index = new BlobIndex(64, 1);
  const ids = new Map<string, Uint8Array>();
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = 0; at + HEAD_LENGTH <= input.length;) {
    const length = Math.min(view.getUint32(at + 33, true), input.length - at - HEAD_LENGTH);
    const start = at + HEAD_LENGTH;
    const id = input.subarray(at + 1, start - 4);
    index.add(input[at] ?? 0, id, start, length);
    ids.set(fingerprint(input.subarray(start, start + length)), id);
    at = start + length;
  }
  const mac = macOf((bytes) => ids.get(fingerprint(bytes)));
  const source = {
    name: 'input.ptar',
    size: input.length,
    read: (offset: number, length: number) => Promise.resolve(input.slice(offset, offset + length)),
    close: () => Promise.resolve(),
  };
  const codec = blobCodec(portablePrimitives, { sealer: undefined }, undefined);
  const none = { offset: 0, length: 0 };
  return {
    source,
    layout: { configuration: none, packfile: { offset: -16, length: input.length + 64 }, state: none },
    keys: { mac, sealer: undefined, beginConfigurationMac: () => mac.begin() },
    codec,
    state: { blobs: index, coloured: new Set(), timestampNs: 0n, serial: new Uint8Array(16) },
    blobs: new BlobReader(source, 0, index, codec, mac, portablePrimitives),
  };
}

function macOf(idOf: (bytes: Uint8Array) => Uint8Array | undefined): MacKey {
  const mac = (bytes: Uint8Array): Uint8Array => idOf(bytes) ?? new Uint8Array(32);
  const begin = (): Hasher => {
    const parts: Uint8Array[] = [];
    return {
      update: (bytes) => void parts.push(bytes.slice()),
      digest: () => mac(Uint8Array.from(Buffer.concat(parts))),
    };
  };
  return { mac, begin };
}

/** Tells contents apart well enough here: length and FNV-1a. */
function fingerprint(bytes: Uint8Array): string {
  let hash = 0x811c_9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return `${bytes.length}:${hash}`;
}
