import * as vscode from 'vscode';
import type { ArchiveContent } from '../archive-content.ts';
import { CLEANED_SCHEME } from '../archive-uri.ts';
import type { ComparedDocument, ResultTarget } from '../result.ts';
import { clusterAccess } from './cluster-choice.ts';
import { withProgress } from './progress.ts';
import { addressOfUri, uriOf } from './uri.ts';

const MEMORY_SCHEME = 'ptar-text';
/** Texts that are kept for editors; the oldest go first. */
const TEXTS_MAX = 200;

/** Where the objects of archives come from. */
interface ContentSource {
  content(): Promise<ArchiveContent>;
}

/** The documents that comparisons show: objects of archives without what clusters add, and texts that were made for them. */
export class ComparedDocuments implements vscode.TextDocumentContentProvider {
  readonly #services: ContentSource;
  readonly #texts = new Map<string, string>();
  #count = 0;

  constructor(services: ContentSource) {
    this.#services = services;
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(CLEANED_SCHEME, this),
      vscode.workspace.registerTextDocumentContentProvider(MEMORY_SCHEME, this),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    if (uri.scheme === MEMORY_SCHEME) return this.#texts.get(uri.path) ?? '';
    const { cleanedManifest } = await import('../cleaned-manifest.ts');
    const address = addressOfUri(uri);
    const { reader } = await (await this.#services.content()).snapshot(address);
    return cleanedManifest(reader, await reader.entry(address.path));
  }

  /** Opens an object, or a diff editor. */
  async open(target: ResultTarget): Promise<void> {
    if (target.opens === 'object') {
      await vscode.commands.executeCommand('vscode.open', uriOf(target.address));
      return;
    }
    const { before, after, title } = target;
    const [left, right] = [await this.#uriOf(before), await this.#uriOf(after)];
    await vscode.commands.executeCommand('vscode.diff', left, right, title);
  }

  async #uriOf(document: ComparedDocument): Promise<vscode.Uri> {
    switch (document.from) {
      case 'archive':
        return uriOf(document.address, CLEANED_SCHEME);
      case 'memory':
        return this.#keep(document.name, document.text);
      case 'cluster': {
        const { context, identity } = document;
        const { liveManifest } = await import('../live-manifest.ts');
        const text = await withProgress(vscode.l10n.t('Reading {0}', context), (signal) =>
          liveManifest(context, clusterAccess(), identity, signal),
        );
        return this.#keep(`${identity.name}.yaml`, text ?? '');
      }
      case 'nothing':
        return this.#keep('nothing.yaml', '');
    }
  }

  #keep(name: string, text: string): vscode.Uri {
    this.#count += 1;
    const path = text === '' ? `/${name}` : `/${this.#count}/${name.replaceAll('/', '-')}`;
    this.#texts.set(path, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > TEXTS_MAX && oldest !== undefined) this.#texts.delete(oldest);
    return vscode.Uri.from({ scheme: MEMORY_SCHEME, path });
  }
}
