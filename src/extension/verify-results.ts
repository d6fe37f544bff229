import { formatCount } from '../operations/quantities.ts';
import type { VerifyResult } from '../operations/verify.ts';
import { shownLocation } from './node-text.ts';
import type { Result, ResultSet } from './result.ts';

/** What verification found, as results: one for each finding, leading to the entry where one is named. */
export function verifyResults(archiveKey: string, location: string, verified: VerifyResult): ResultSet {
  const results = verified.findings.map(({ code, message, snapshot, path, lost, offset }): Result => {
    const isEntry = snapshot !== undefined && path !== undefined;
    return {
      label: message,
      description: [lost === undefined ? '' : `lost: ${lost}`, path ?? '']
        .filter((part) => part !== '')
        .join(' · '),
      icon: lost === undefined ? 'warning' : 'error',
      tooltip: offset === undefined ? code : `${code}, at byte ${offset.toLocaleString('en-US')}`,
      ...(isEntry && {
        target: { opens: 'object', address: { archiveKey, snapshotId: snapshot, path } } as const,
      }),
    };
  });
  const name = shownLocation(location).split(/[\\/]/).at(-1);
  return {
    title: `${name}: ${formatCount(verified.count, 'finding')}`,
    results,
    empty: `Sound: ${formatCount(verified.snapshots, 'snapshot')}, ${formatCount(verified.chunks.read, 'chunk')} read.`,
  };
}
