import * as vscode from 'vscode';
import { isPtarError } from '../../errors.ts';
import type { ArchiveAddress } from '../archive-uri.ts';
import type { Services } from './services.ts';
import { addressOfUri, uriOf } from './uri.ts';

/** Archives as a read-only file system, so that editors, outline and hex editor work on what is inside. */
export class ArchiveFileSystem {
  readonly #services: Pick<Services, 'content'>;
  readonly #changes: vscode.EventEmitter<vscode.FileChangeEvent[]>;

  constructor(services: Pick<Services, 'content'>, changes: vscode.EventEmitter<vscode.FileChangeEvent[]>) {
    this.#services = services;
    this.#changes = changes;
  }

  /** Tells editors to read an address again. */
  changed(address: ArchiveAddress): void {
    this.#changes.fire([{ type: vscode.FileChangeType.Changed, uri: uriOf(address) }]);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const content = await this.#services.content();
    const { isFolder, isLink, size, modifiedMs } = await asFileSystem(uri, () =>
      content.stat(addressOfUri(uri)),
    );
    const type = isFolder ? vscode.FileType.Directory : vscode.FileType.File;
    return {
      type: isLink ? vscode.FileType.SymbolicLink : type,
      ctime: modifiedMs,
      mtime: modifiedMs,
      size,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const content = await this.#services.content();
    return asFileSystem(uri, async () => {
      const items: [string, vscode.FileType][] = [];
      for await (const [name, isFolder] of content.list(addressOfUri(uri))) {
        items.push([name, isFolder ? vscode.FileType.Directory : vscode.FileType.File]);
      }
      return items;
    });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const content = await this.#services.content();
    return asFileSystem(uri, () => content.read(addressOfUri(uri)));
  }
}

/** Runs `use` and gives errors of ptar's the form that editors understand. */
async function asFileSystem<Result>(uri: vscode.Uri, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    if (!isPtarError(error)) throw error;
    if (error.code === 'NOT_FOUND_PATH' || error.code === 'NOT_FOUND_SNAPSHOT') {
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    throw vscode.FileSystemError.Unavailable(error.message);
  }
}
