import * as vscode from 'vscode';
import { addressOf, uriPartsOf, type ArchiveAddress } from '../archive-uri.ts';
import type { PathNode } from '../node.ts';

/** The address as a URI of the editor. */
export function uriOf(address: ArchiveAddress, scheme?: string): vscode.Uri {
  return vscode.Uri.from(uriPartsOf(address, scheme));
}

/** The address of a URI; throws a file system's "not found" for one that is none of ours. */
export function addressOfUri(uri: vscode.Uri): ArchiveAddress {
  const address = addressOf(uri);
  if (address === undefined) throw vscode.FileSystemError.FileNotFound(uri);
  return address;
}

/** The address of a node. */
export function addressOfNode({ archiveKey, snapshotId, path }: PathNode): ArchiveAddress {
  return { archiveKey, snapshotId, path };
}
