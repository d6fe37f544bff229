/** What the tree of archives shows. Nodes are plain data; `node-children.ts` says what is below each, `node-text.ts` how it reads. */
import type { ResourceIdentity } from '../resources/object-path.ts';
import type { SnapshotReader } from '../format/index.ts';
import type { ArchiveRecord } from './archive-shelf.ts';

interface NodeBase {
  /** Unique in the tree and the same after a refresh. */
  readonly id: string;
  readonly parent: Node | undefined;
}

/** Where in an archive. */
interface InSnapshot extends NodeBase {
  readonly archiveKey: string;
  readonly snapshotId: string;
}

export interface ArchiveNode extends NodeBase {
  readonly type: 'archive';
  readonly archiveKey: string;
  readonly record: ArchiveRecord;
  readonly isOpen: boolean;
  readonly isEncrypted: boolean;
}

export interface SnapshotNode extends InSnapshot {
  readonly type: 'snapshot';
  readonly reader: SnapshotReader;
  readonly isNewest: boolean;
}

/** What was captured from one kind of source: API objects, files, volumes; and what could not be captured. */
export interface LayerNode extends InSnapshot {
  readonly type: 'layer';
  readonly layer: LayerName;
  readonly path: string;
  readonly count: number | undefined;
}

/** Layers by what they hold. */
export type LayerName = 'objects' | 'files' | 'volumes' | 'control-plane' | 'etcd' | 'errors';

export interface NamespaceNode extends InSnapshot {
  readonly type: 'namespace';
  readonly path: string;
  /** Undefined for objects that are in none. */
  readonly namespace: string | undefined;
}

export interface KindNode extends InSnapshot {
  readonly type: 'kind';
  /** Folder of the kind, above those of its versions. */
  readonly path: string;
  readonly kind: string;
  readonly group: string;
  /** True where another group of the same namespace has a kind of that name. */
  readonly isAmbiguous: boolean;
}

export interface ObjectNode extends InSnapshot {
  readonly type: 'object';
  readonly path: string;
  readonly identity: ResourceIdentity;
}

export interface FolderNode extends InSnapshot {
  readonly type: 'folder';
  readonly path: string;
}

export interface FileNode extends InSnapshot {
  readonly type: 'file';
  readonly path: string;
  readonly size: number;
}

/** An item that could not be captured. */
export interface FailureNode extends InSnapshot {
  readonly type: 'failure';
  readonly path: string;
  readonly reason: string;
}

/** Stands for the children of `parent` that are not shown yet. */
export interface MoreNode extends NodeBase {
  readonly type: 'more';
  readonly shown: number;
}

/** Says why there is nothing, and what to do. */
export interface MessageNode extends NodeBase {
  readonly type: 'message';
  readonly text: string;
  readonly action: 'unlock' | 'retry' | 'none';
}

/** Any node. */
export type Node =
  | ArchiveNode
  | SnapshotNode
  | LayerNode
  | NamespaceNode
  | KindNode
  | ObjectNode
  | FolderNode
  | FileNode
  | FailureNode
  | MoreNode
  | MessageNode;

/** Nodes that stand for a path of a snapshot. */
export type PathNode = LayerNode | NamespaceNode | KindNode | ObjectNode | FolderNode | FileNode;

/** True for nodes that stand for a path of a snapshot. */
export function isPathNode(node: Node): node is PathNode {
  switch (node.type) {
    case 'layer':
      return node.layer !== 'errors';
    case 'namespace':
    case 'kind':
    case 'object':
    case 'folder':
    case 'file':
      return true;
    case 'archive':
    case 'snapshot':
    case 'failure':
    case 'more':
    case 'message':
      return false;
  }
}

/** The archive that a node is of; undefined for messages at the root. */
export function archiveKeyOfNode(node: Node): string | undefined {
  if ('archiveKey' in node) return node.archiveKey;
  return node.parent && archiveKeyOfNode(node.parent);
}

/** The nearest ancestor, or the node itself, that is a snapshot. */
export function snapshotOfNode(node: Node | undefined): SnapshotNode | undefined {
  return node === undefined || node.type === 'snapshot' ? node : snapshotOfNode(node.parent);
}
