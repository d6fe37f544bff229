import * as vscode from 'vscode';
import { formatSize } from '../../operations/quantities.ts';
import { openArchiveOf } from './command-subject.ts';
import { withProgress } from './progress.ts';
import type { Services } from './services.ts';

/** Reads every byte of an archive and lists what is wrong with it. */
export async function verify(services: Services, ...args: readonly unknown[]): Promise<void> {
  const { key, archive } = await openArchiveOf(services, args);
  const [{ verifyArchive }, { verifyResults }] = await Promise.all([
    import('../../operations/verify.ts'),
    import('../verify-results.ts'),
  ]);
  const result = await withProgress(vscode.l10n.t('Verifying'), (signal, report) =>
    verifyArchive(archive.reader, {
      signal,
      onProgress: (done, total) => {
        report(`${formatSize(done)} / ${formatSize(total)}`);
      },
    }),
  );
  await services.results.show(verifyResults(key, archive.location, result));
  if (result.count === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Every byte is what was captured.'));
  }
}
