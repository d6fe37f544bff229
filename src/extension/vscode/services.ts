import type * as vscode from 'vscode';
import type { ArchiveAddress } from '../archive-uri.ts';
import type { ArchiveContent } from '../archive-content.ts';
import type { ArchiveShelf } from '../archive-shelf.ts';
import type { NodeChildren } from '../node-children.ts';
import type { Node } from '../node.ts';
import type { RevealedSecrets } from '../revealed-secrets.ts';
import type { ArchiveTree } from './archive-tree.ts';
import type { ComparedDocuments } from './compared-documents.ts';
import type { RestoreSession } from './restore-session.ts';
import type { ResultTree } from './result-tree.ts';

/** What the parts of the explorer share in one window; made by `activate`. */
export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly shelf: ArchiveShelf;
  readonly children: NodeChildren;
  readonly revealed: RevealedSecrets;
  readonly tree: ArchiveTree;
  readonly treeView: vscode.TreeView<Node>;
  readonly results: ResultTree;
  /** The view of plans and of what became of them. */
  readonly plans: ResultTree;
  readonly restore: RestoreSession;
  readonly documents: ComparedDocuments;
  /** Loaded with the first content that is read. */
  content(): Promise<ArchiveContent>;
  /** Tells editors that what they show of an address may be something else now. */
  contentChanged(address: ArchiveAddress): void;
}
