/** Decodes records and encodes them again, by resource type. */
import {
  decodeEntry,
  decodeError,
  decodeXattr,
  encodeEntry,
  encodeError,
  encodeXattr,
} from '../../src/format/entry.ts';
import { decodeObject, encodeObject } from '../../src/format/object.ts';
import { field, int, mac, record, u32 } from '../../src/format/record.ts';
import { ResourceType, type ResourceType as ResourceTypeNumber } from '../../src/format/resource-type.ts';
import { decodeSnapshotHeader, encodeSnapshotHeader } from '../../src/format/snapshot-header.ts';
import { summaryCodec } from '../../src/format/summary.ts';
import { decodeNode, decodeTree, encodeNode, type StoredTree } from '../../src/format/tree.ts';

const tree = record<StoredTree>('tree', {
  version: field('Version', u32),
  order: field('Order', int),
  count: field('Count', int),
  root: field('Root', mac),
});

/** What the record encodes to after it was decoded; undefined for types that are no records. */
export function reencode(type: ResourceTypeNumber, plaintext: Uint8Array): Uint8Array | undefined {
  switch (type) {
    case ResourceType.snapshot:
      return encodeSnapshotHeader(decodeSnapshotHeader(plaintext));
    case ResourceType.object:
      return encodeObject(decodeObject(plaintext));
    case ResourceType.vfsEntry:
      return encodeEntry(decodeEntry(plaintext));
    case ResourceType.errorEntry: {
      const { name, error } = decodeError(plaintext);
      return encodeError(name, error);
    }
    case ResourceType.xattrEntry:
      return encodeXattr(decodeXattr(plaintext));
    case ResourceType.vfsSummary:
      return summaryCodec.toBytes(summaryCodec.fromBytes(plaintext));
    case ResourceType.vfsTree:
    case ResourceType.errorTree:
    case ResourceType.xattrTree:
    case ResourceType.indexTree:
      return tree.toBytes(decodeTree(plaintext));
    case ResourceType.vfsNode:
    case ResourceType.errorNode:
    case ResourceType.xattrNode:
    case ResourceType.indexNode:
      return encodeNode(decodeNode(plaintext, () => -1));
    case ResourceType.configuration:
    case ResourceType.lock:
    case ResourceType.state:
    case ResourceType.packfile:
    case ResourceType.signature:
    case ResourceType.chunk:
    case ResourceType.random:
      return undefined;
  }
}
