import * as vscode from 'vscode';
import type { Node } from '../node.ts';

const URI_LIST = 'text/uri-list';

/** Archives dropped on the view are opened. */
export class ArchiveDrop implements vscode.TreeDragAndDropController<Node> {
  readonly dropMimeTypes = [URI_LIST];
  readonly dragMimeTypes: string[] = [];

  async handleDrop(_target: Node | undefined, transfer: vscode.DataTransfer): Promise<void> {
    const list = (await transfer.get(URI_LIST)?.asString()) ?? '';
    for (const line of list.split(/\r?\n/)) {
      if (line === '' || line.startsWith('#')) continue;
      await vscode.commands.executeCommand('ptar.openArchive', vscode.Uri.parse(line));
    }
  }
}
