/**
 * Objects: the content of a regular file or extended attribute, as a list of chunks. Source: specification "Object".
 *
 * | field | type | |
 * |---|---|---|
 * | version | u32 | 1.0.0 |
 * | contentMAC | [32]byte | MAC of the whole content |
 * | chunks | list of chunk | in order; one of length 0, or nil, where the content is empty |
 * | content_type | str, omitted when empty | media type |
 * | entropy | f64, omitted when 0 | bits per byte |
 * | flags | u32 | 0 |
 *
 * Chunk: version u32, contentMAC [32]byte (also the chunk's id), length u32 (plaintext bytes), entropy f64, flags u32.
 */
import { FormatError } from '../errors.ts';
import { CHUNK_SIZE_MAX } from './limits.ts';
import type { RecordForm } from './msgpack-writer.ts';
import { f64Hint, field, list, mac, optionalField, record, str, u32 } from './record.ts';

/** A piece of content; `length` in bytes. */
export interface Chunk {
  readonly version: number;
  readonly contentMac: Uint8Array;
  readonly length: number;
  readonly entropy: number;
  readonly flags: number;
}

/** See the table above. */
export interface StoredObject {
  readonly version: number;
  readonly contentMac: Uint8Array;
  readonly chunks: readonly Chunk[] | null;
  readonly contentType: string;
  readonly entropy: number;
  readonly flags: number;
}

/** See the table above. */
export const objectCodec = record<StoredObject>('object', {
  version: field('version', u32),
  contentMac: field('contentMAC', mac),
  chunks: field(
    'chunks',
    list(
      record<Chunk>('chunk', {
        version: field('version', u32),
        contentMac: field('contentMAC', mac),
        length: field('length', u32),
        entropy: field('entropy', f64Hint),
        flags: field('flags', u32),
      }),
    ),
  ),
  contentType: optionalField('content_type', str),
  entropy: optionalField('entropy', f64Hint),
  flags: field('flags', u32),
});

/** The object's plaintext; `form`: whole where not given. */
export function encodeObject(object: StoredObject, form?: RecordForm): Uint8Array {
  return objectCodec.toBytes(object, form);
}

/** @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT (a chunk above 8 MiB) */
export function decodeObject(bytes: Uint8Array): StoredObject {
  const object = objectCodec.fromBytes(bytes);
  for (const chunk of object.chunks ?? []) {
    if (chunk.length > CHUNK_SIZE_MAX) {
      throw new FormatError('FORMAT_LIMIT', `object: a chunk of ${chunk.length} bytes`, {
        section: 'Limits',
      });
    }
  }
  return object;
}

/** Bytes of content. */
export function objectSize(object: StoredObject): number {
  let size = 0;
  for (const chunk of object.chunks ?? []) size += chunk.length;
  return size;
}
