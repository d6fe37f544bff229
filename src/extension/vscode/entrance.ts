import type * as vscode from 'vscode';
import type { ArchiveRecord } from '../archive-shelf.ts';
import type { Node } from '../node.ts';
import type { ResultTree } from './result-tree.ts';

/** What the editor has to know from the beginning, made by `activate`; the explorer behind it is loaded when it is first used. */
export interface Entrance {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly treeView: vscode.TreeView<Node>;
  readonly results: ResultTree;
  readonly plans: ResultTree;
  /** Tell the editor that trees, files and marks are something else now. */
  readonly treeChanges: vscode.EventEmitter<Node | undefined>;
  readonly fileChanges: vscode.EventEmitter<vscode.FileChangeEvent[]>;
  readonly decorationChanges: vscode.EventEmitter<vscode.Uri | vscode.Uri[] | undefined>;
  readonly records: RecordStore;
}

/** The archives of the workspace, kept across restarts of the editor. */
export interface RecordStore {
  read(): readonly ArchiveRecord[];
  write(records: readonly ArchiveRecord[]): Thenable<void>;
}
