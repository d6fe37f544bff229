import * as vscode from 'vscode';
import { fromHex, toHex } from '../../format/bytes.ts';
import { PASSPHRASE_ATTEMPTS_MAX, type ArchiveRecord, type ShelfPorts } from '../archive-shelf.ts';
import { shownLocation } from '../node-text.ts';
import type { Entrance } from './entrance.ts';

/** The shelf's ports: prompts, secret storage, and the records in the state of the workspace. */
export function shelfPorts({
  context: { secrets },
  records: store,
}: Pick<Entrance, 'context' | 'records'>): ShelfPorts {
  return {
    load: async (location, options) => (await import('../archive-loading.ts')).loadArchive(location, options),
    askPassphrase,
    readKey: async (repositoryId) => {
      const text = await secrets.get(secretName(repositoryId));
      return text === undefined ? undefined : fromHex(text);
    },
    offerKey: async (repositoryId, key) => {
      const wish = vscode.workspace.getConfiguration('ptar').get<string>('rememberKeys', 'ask');
      if (wish === 'never') return;
      const keep = (): Thenable<void> => secrets.store(secretName(repositoryId), toHex(key));
      if (wish === 'always') return keep();
      // Not waited for: the archive opens while the question stands.
      void askToKeep(keep);
    },
    dropKey: async (repositoryId) => secrets.delete(secretName(repositoryId)),
    keepRecords: async (records) => {
      // An address with a password is for this window only.
      const kept = records.filter(({ location }) => !/^https?:\/\/[^/]*@/i.test(location));
      await store.write(kept);
    },
  };
}

async function askPassphrase({ location }: ArchiveRecord, attempt: number): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Unlock {0}', shownLocation(location)),
    prompt:
      attempt === 1
        ? vscode.l10n.t('Passphrase of the archive')
        : vscode.l10n.t('That was not it. Attempt {0} of {1}', attempt, PASSPHRASE_ATTEMPTS_MAX),
    password: true,
    ignoreFocusOut: true,
    validateInput: (typed) => (typed === '' ? vscode.l10n.t('Type the passphrase') : undefined),
  });
}

async function askToKeep(keep: () => Thenable<void>): Promise<void> {
  const remember = vscode.l10n.t('Remember');
  const never = vscode.l10n.t('Never Ask Again');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Remember the key of this archive in the secret storage of the editor?'),
    remember,
    never,
  );
  if (answer === remember) await keep();
  if (answer === never) {
    await vscode.workspace
      .getConfiguration('ptar')
      .update('rememberKeys', 'never', vscode.ConfigurationTarget.Global);
  }
}

function secretName(repositoryId: string): string {
  return `ptar.key.${repositoryId}`;
}
