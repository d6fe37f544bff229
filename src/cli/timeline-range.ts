import { existsSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { ArchiveReader, SnapshotReader } from '../format/index.ts';
import { chooseSnapshot, parseSnapshotChoice, snapshotsBetween } from '../operations/snapshot-choice.ts';
import { diffArguments } from './diff-argument.ts';

/** A snapshot of an archive, as typed. */
export interface RangeEnd {
  readonly archive: string;
  readonly snapshot: string;
}

const RANGE = /^([^.]*)\.\.([^.]*)$/;

/**
 * The two ends of `FILE`, `FILE A..B`, `FILE A B` or `FILE1 FILE2`, each file also with `@SNAPSHOT`. A range without a beginning starts with
 * the first snapshot, one without an end ends with the latest.
 * @throws UsageError
 */
export function rangeEnds(words: readonly string[]): readonly [RangeEnd, RangeEnd] {
  const [file = '', second, third] = words;
  const range = second === undefined || existsSync(second) ? null : RANGE.exec(second);
  if (range !== null) {
    if (third !== undefined) throw new UsageError(`${second ?? ''} is a range; leave ${third} out`);
    const [, begin = '', end = ''] = range;
    const ends = [begin === '' ? '1' : begin, end === '' ? 'latest' : end] as const;
    for (const snapshot of ends) parseSnapshotChoice(snapshot);
    return [
      { archive: file, snapshot: ends[0] },
      { archive: file, snapshot: ends[1] },
    ];
  }
  const [before, after] = diffArguments(words);
  if (!('archive' in before) || !('archive' in after)) {
    throw new UsageError(
      'a timeline lies between captures; capture the cluster first, with ptar create or ptar add',
    );
  }
  return [before, after];
}

/**
 * The snapshots from one end to the other: of one archive also those between them that were made of the same source.
 * @throws NotFoundError NOT_FOUND_SNAPSHOT
 */
export async function rangeSnapshots(
  [first, second]: readonly [RangeEnd, RangeEnd],
  archives: ReadonlyMap<string, ArchiveReader>,
): Promise<readonly SnapshotReader[]> {
  const opened = (end: RangeEnd): ArchiveReader => {
    const archive = archives.get(end.archive);
    if (archive === undefined) throw new TypeError('every archive is opened before');
    return archive;
  };
  const begin = await chooseSnapshot(opened(first), first.snapshot);
  const end = await chooseSnapshot(opened(second), second.snapshot);
  if (first.archive !== second.archive) return [begin, end];
  return snapshotsBetween(await opened(first).snapshots(), begin, end);
}
