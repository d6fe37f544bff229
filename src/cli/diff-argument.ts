import { existsSync, statSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { ArchiveReader } from '../format/index.ts';
import { NO_NAMESPACE } from '../operations/object-catalogue.ts';
import { snapshotSide, sourceSide, type DiffSide } from '../operations/diff-side.ts';
import { chooseSnapshot, parseSnapshotChoice } from '../operations/snapshot-choice.ts';
import { clusterSourceOptions } from './cluster-source.ts';
import type { Invocation } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import type { PassphraseFlags } from './passphrase.ts';

/** What to compare: a snapshot of an archive, or a source as `ptar create` takes it. */
export type DiffArgument =
  { readonly archive: string; readonly snapshot: string } | { readonly source: string };

/**
 * The two sides of `FILE [OLD] [NEW]` or `A B`.
 * @throws UsageError
 */
export function diffArguments(words: readonly string[]): readonly [DiffArgument, DiffArgument] {
  const [first = '', second, third] = words;
  if (second !== undefined && third === undefined && !isSnapshotChoice(second)) {
    return [diffArgument(first), diffArgument(second)];
  }
  if (isSource(first) || isFolder(first)) {
    throw new UsageError(`${first} has no snapshots; name what to compare it with`);
  }
  return [
    { archive: first, snapshot: second ?? 'latest~1' },
    { archive: first, snapshot: third ?? 'latest' },
  ];
}

function diffArgument(word: string): DiffArgument {
  if (isSource(word)) return { source: word };
  // A folder is no archive; what can be compared in it are manifests.
  if (isFolder(word)) return { source: `manifests:${word}` };
  const at = word.lastIndexOf('@');
  const snapshot = word.slice(at + 1);
  // A file may have that name.
  if (at <= 0 || !isSnapshotChoice(snapshot) || existsSync(word)) {
    return { archive: word, snapshot: 'latest' };
  }
  return { archive: word.slice(0, at), snapshot };
}

function isFolder(word: string): boolean {
  return statSync(word, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isSource(word: string): boolean {
  return /^(?:k8s|manifests):/.test(word);
}

function isSnapshotChoice(word: string): boolean {
  try {
    parseSnapshotChoice(word);
    return !existsSync(word);
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** Flags that say how the sides are opened. */
export interface SideFlags extends PassphraseFlags {
  readonly kubeconfig?: string;
  /** Only this one is read of a cluster. */
  readonly namespace?: string;
}

/** Opens what the arguments name, each archive once, for `use`. */
export async function withSides<Result>(
  invocation: Invocation,
  [first, second]: readonly [DiffArgument, DiffArgument],
  flags: SideFlags,
  use: (before: DiffSide, after: DiffSide) => Promise<Result>,
): Promise<Result> {
  const { kubeconfig, namespace } = flags;
  const scope = {
    ...(kubeconfig !== undefined && { kubeconfig }),
    // What is in no namespace can be listed only with everything.
    ...(namespace !== undefined && namespace !== NO_NAMESPACE && { namespace: [namespace] }),
  };
  const open = new Map<string, ArchiveReader>();
  const names = [first, second].flatMap((side) => ('archive' in side ? [side.archive] : []));
  const sideOf = async (side: DiffArgument): Promise<DiffSide> => {
    if ('source' in side) return sourceSide(side.source, clusterSourceOptions(scope, invocation.signal));
    const archive = open.get(side.archive);
    if (archive === undefined) throw new TypeError('every archive is opened before');
    const snapshot = await chooseSnapshot(archive, side.snapshot);
    return snapshotSide(snapshot, side.archive, `${side.archive}@${side.snapshot}`);
  };
  const withRest = async (rest: readonly string[]): Promise<Result> => {
    const [name, ...others] = rest;
    if (name === undefined) return use(await sideOf(first), await sideOf(second));
    return withArchive(invocation, name, flags, async (archive) => {
      open.set(name, archive);
      return withRest(others);
    });
  };
  return withRest([...new Set(names)]);
}
