import { formatNumber } from '../operations/quantities.ts';
import type { VerifyResult } from '../operations/verify.ts';
import { shownLocation } from './node-text.ts';
import type { Result, ResultSet } from './result.ts';
import { counted, t } from './translation.ts';

/** What verification found, as results: one for each finding, leading to the entry where one is named. */
export function verifyResults(archiveKey: string, location: string, verified: VerifyResult): ResultSet {
  const results = verified.findings.map(({ code, message, snapshot, path, lost, offset }): Result => {
    const isEntry = snapshot !== undefined && path !== undefined;
    return {
      label: message,
      description: [lost === undefined ? '' : t('lost: {0}', lost), path ?? '']
        .filter((part) => part !== '')
        .join(' · '),
      icon: lost === undefined ? 'warning' : 'error',
      tooltip: offset === undefined ? code : t('{0}, at byte {1}', code, formatNumber(offset)),
      ...(isEntry && {
        target: { opens: 'object', address: { archiveKey, snapshotId: snapshot, path } } as const,
      }),
    };
  });
  const { count, findings } = verified;
  const rest =
    findings.length < count ? `, ${t('the first {0} are listed', formatNumber(findings.length))}` : '';
  const name = shownLocation(location).split(/[\\/]/).at(-1);
  return {
    title: `${name}: ${counted(count, t('1 finding'), t('{0} findings', formatNumber(count)))}${rest}`,
    results,
    empty: t(
      'Sound: {0} snapshots, {1} chunks read.',
      formatNumber(verified.snapshots),
      formatNumber(verified.chunks.read),
    ),
  };
}
