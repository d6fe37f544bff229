/** What a plaintext blob of unknown type is, by the fields that it has. */
import { FormatError } from '../errors.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { ResourceType } from './resource-type.ts';

const { vfsTree, errorTree, xattrTree, indexTree, vfsNode, errorNode, xattrNode, indexNode } = ResourceType;

/** Fields that only records of these types have together. */
const SIGNS: readonly (readonly [fields: readonly string[], types: readonly ResourceType[]])[] = [
  [['identifier', 'sources'], [ResourceType.snapshot]],
  [['parent_path', 'file_info'], [ResourceType.vfsEntry]],
  [['contentMAC', 'chunks'], [ResourceType.object]],
  [
    ['Order', 'Root'],
    [vfsTree, errorTree, xattrTree, indexTree],
  ],
  [
    ['keys', 'pointers'],
    [vfsNode, errorNode, xattrNode, indexNode],
  ],
  [['name', 'error'], [ResourceType.errorEntry]],
  [['path', 'name', 'size'], [ResourceType.xattrEntry]],
  [['below'], [ResourceType.vfsSummary]],
];
/** More than any record has. */
const FIELDS_MAX = 64;

/** The types that `plaintext` may be of, besides that of a chunk, which anything may be. */
export function blobTypesOf(plaintext: Uint8Array): readonly ResourceType[] {
  const record = measureRecord(plaintext);
  return 'types' in record && record.length === plaintext.length ? record.types : [];
}

/** A record at the beginning of some bytes; or how many more there must be at the least to tell; 0 where there is none. */
export type MeasuredRecord =
  { readonly types: readonly ResourceType[]; readonly length: number } | { readonly missing: number };

/** The record of a known type at the beginning of `bytes`. */
export function measureRecord(bytes: Uint8Array): MeasuredRecord {
  const fields = new Set<string>();
  const reader = new MsgpackReader(bytes, 'blob');
  try {
    const count = reader.map();
    if (count > FIELDS_MAX) return { missing: 0 };
    for (let field = 0; field < count; field++) {
      fields.add(reader.str());
      reader.skip();
    }
    reader.leave();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { missing: reader.missing };
  }
  const types = SIGNS.find(([signs]) => signs.every((sign) => fields.has(sign)))?.[1];
  return types === undefined ? { missing: 0 } : { types, length: reader.offset };
}
