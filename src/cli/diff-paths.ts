import { isDirectory } from '../format/index.ts';
import type { PathChange } from '../operations/compare-snapshots.ts';
import { printList } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import type { PassphraseFlags } from './passphrase.ts';
import { printable } from '../operations/printable.ts';
import type { Colour } from './terminal.ts';

/** What concerns a comparison of paths. */
export interface PathDiffFlags extends PassphraseFlags {
  readonly output: string;
  readonly path?: string;
  readonly quiet?: boolean;
}

const SIGNS: Readonly<Record<PathChange['change'], readonly [sign: string, colour: Colour]>> = {
  added: ['+', 'green'],
  removed: ['-', 'red'],
  changed: ['~', 'yellow'],
};

/** Prints which paths two snapshots of an archive do not share, and says in the exit code whether there are any. */
export async function diffPaths(
  invocation: Invocation,
  file: string,
  [older, newer]: readonly [string, string],
  flags: PathDiffFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  return withArchive(invocation, file, flags, async (archive) => {
    const [{ chooseSnapshot }, { compareSnapshots }] = await Promise.all([
      import('../operations/snapshot-choice.ts'),
      import('../operations/compare-snapshots.ts'),
    ]);
    const before = await chooseSnapshot(archive, older);
    const after = await chooseSnapshot(archive, newer);
    const counts = { added: 0, removed: 0, changed: 0 };
    const changes = counted(
      compareSnapshots(before, after, { ...(flags.path !== undefined && { path: flags.path }), signal }),
      counts,
    );
    await print(invocation, changes, flags);
    const { added, removed, changed } = counts;
    if ((flags.output === 'table' || flags.output === 'text') && flags.quiet !== true) {
      terminal.note(`${added} added, ${removed} removed, ${changed} changed`);
    }
    return added + removed + changed === 0 ? EXIT.done : EXIT.differs;
  });
}

async function print(
  { terminal }: Invocation,
  changes: AsyncIterable<PathChange>,
  flags: PathDiffFlags,
): Promise<void> {
  if (flags.quiet !== true && (flags.output === 'json' || flags.output === 'yaml')) {
    return printList(terminal, documents(changes), flags.output);
  }
  for await (const change of changes) {
    if (flags.quiet === true) continue;
    if (flags.output === 'name') {
      await terminal.resultName(change.path);
      continue;
    }
    const [sign, colour] = SIGNS[change.change];
    const differences = change.change === 'changed' ? `   (${change.differences.join(', ')})` : '';
    await terminal.resultLine(terminal.paint(`${sign} ${printable(change.path)}${differences}`, colour));
  }
}

async function* documents(changes: AsyncIterable<PathChange>): AsyncGenerator<object> {
  for await (const change of changes) {
    const differences = change.change === 'changed' ? change.differences : undefined;
    yield { change: change.change, path: change.path, differences };
  }
}

/** Passes changes of files and links through and counts them; folders come and go with what is in them. */
async function* counted(
  changes: AsyncIterable<PathChange>,
  counts: Record<PathChange['change'], number>,
): AsyncGenerator<PathChange> {
  for await (const change of changes) {
    const entry = change.change === 'removed' ? change.before : change.after;
    if (change.change !== 'changed' && isDirectory(entry.info.mode)) continue;
    counts[change.change] += 1;
    yield change;
  }
}
