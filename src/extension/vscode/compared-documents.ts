import * as vscode from 'vscode';
import type { ArchiveContent } from '../archive-content.ts';
import { CLEANED_SCHEME, type ArchiveAddress } from '../archive-uri.ts';
import { NotFoundError } from '../../errors.ts';
import { baseName } from '../../format/path.ts';
import type { ObjectTransform } from '../../operations/plan/restore-events.ts';
import type { NamedObject } from '../object-place.ts';
import type { ComparedDocument, ResultTarget } from '../result.ts';
import { clusterAccess } from './cluster-choice.ts';
import { withProgress } from './progress.ts';
import { addressOfUri, uriOf } from './uri.ts';

/** Scheme of texts that were made for a comparison. */
export const MEMORY_SCHEME = 'ptar-text';
/** Texts that are kept for editors; the oldest go first. */
const TEXTS_MAX = 200;

/** Where the objects of archives come from. */
interface ContentSource {
  content(): Promise<ArchiveContent>;
}

/** The documents that comparisons show: objects of archives without what clusters add, and texts that were made for them. */
export class ComparedDocuments {
  readonly #services: ContentSource;
  readonly #texts = new Map<string, string>();
  #count = 0;

  constructor(services: ContentSource) {
    this.#services = services;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    if (uri.scheme === MEMORY_SCHEME) return this.#texts.get(uri.path) ?? '';
    return this.#cleaned(addressOfUri(uri));
  }

  async #cleaned(address: ArchiveAddress, transform?: ObjectTransform): Promise<string> {
    const { cleanedManifest } = await import('../cleaned-manifest.ts');
    const { reader } = await (await this.#services.content()).snapshot(address);
    return cleanedManifest(reader, await reader.entry(address.path), transform);
  }

  /** Opens an object, or a diff editor. */
  async open(target: ResultTarget): Promise<void> {
    if (target.opens === 'object') {
      await vscode.commands.executeCommand('vscode.open', uriOf(target.address));
      return;
    }
    if (target.opens === 'found') {
      await vscode.commands.executeCommand('vscode.open', uriOf(await this.#find(target)));
      return;
    }
    const { before, after, title } = target;
    const [left, right] = [await this.#uriOf(before), await this.#uriOf(after)];
    await vscode.commands.executeCommand('vscode.diff', left, right, title);
  }

  async #uriOf(document: ComparedDocument): Promise<vscode.Uri> {
    switch (document.from) {
      case 'archive': {
        const { address, transform } = document;
        if (transform === undefined) return uriOf(address, CLEANED_SCHEME);
        return this.#keep(baseName(address.path), await this.#cleaned(address, transform));
      }
      case 'snapshot': {
        const { archiveKey, snapshotId, object } = document;
        const address = await this.#addressIn(archiveKey, snapshotId, object);
        return address === undefined ? this.#uriOf({ from: 'nothing' }) : uriOf(address, CLEANED_SCHEME);
      }
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

  async #find({
    archiveKey,
    snapshotIds,
    object,
  }: ResultTarget & { opens: 'found' }): Promise<ArchiveAddress> {
    for (const snapshotId of snapshotIds) {
      const address = await this.#addressIn(archiveKey, snapshotId, object);
      if (address !== undefined) return address;
    }
    const name = `${object.kind}/${object.name}`;
    throw new NotFoundError('NOT_FOUND_PATH', vscode.l10n.t('{0} was gone before it was captured.', name));
  }

  async #addressIn(
    archiveKey: string,
    snapshotId: string,
    object: NamedObject,
  ): Promise<ArchiveAddress | undefined> {
    const { pathInSnapshot } = await import('../object-place.ts');
    const content = await this.#services.content();
    const snapshot = await content.snapshot({ archiveKey, snapshotId, path: '/' });
    const path = await pathInSnapshot(snapshot, object);
    return path === undefined ? undefined : { archiveKey, snapshotId, path };
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
