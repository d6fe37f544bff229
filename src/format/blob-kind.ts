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
  const fields = fieldsOf(plaintext);
  if (fields === undefined) return [];
  return SIGNS.find(([signs]) => signs.every((sign) => fields.has(sign)))?.[1] ?? [];
}

function fieldsOf(plaintext: Uint8Array): ReadonlySet<string> | undefined {
  const fields = new Set<string>();
  try {
    const reader = new MsgpackReader(plaintext, 'blob');
    const count = reader.map();
    if (count > FIELDS_MAX) return undefined;
    for (let field = 0; field < count; field++) {
      fields.add(reader.str());
      reader.skip();
    }
    reader.leave();
    reader.end();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return undefined;
  }
  return fields;
}
