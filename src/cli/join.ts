import type { Command } from 'commander';
import type { ArchiveReader } from '../format/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addExamples, addPassphraseOptions, prose } from './options.ts';
import { readPassphrase, type PassphraseFlags } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from './quantities.ts';

interface JoinFlags extends PassphraseFlags {
  readonly output: string;
  readonly overwrite?: boolean;
  readonly quiet?: boolean;
}

/** `ptar join`: makes one archive of several that share RepositoryID and key. */
export function addJoinCommand(program: Command, run: RunAction): void {
  const command = program
    .command('join')
    .summary('make one archive of several that came from one')
    .description(
      prose(`Put all snapshots of FILES into one new archive. The files must come from one archive – copies of it that were added
to on different machines – and so share its RepositoryID, key and passphrase; others go through ptar copy. What they hold is
stored once, copied as it is sealed, and signatures stay valid.`),
    )
    .argument('<FILES...>', 'the archives, at least two')
    .requiredOption('-o, --output <FILE>', 'the archive to make')
    .option('--overwrite', 'replace FILE if it exists, once the new archive is complete');
  addPassphraseOptions(command).option('-q, --quiet', 'no progress');
  addExamples(command, [
    ['What two sites have added to copies of one archive', 'ptar join east.ptar west.ptar -o all.ptar'],
  ]);
  command.action((files: string[], flags: JoinFlags) => run((invocation) => join(invocation, files, flags)));
}

async function join(invocation: Invocation, files: readonly string[], flags: JoinFlags): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { openArchiveFile } = await import('../operations/open-archive.ts');
  // All have the same, so a person types it once.
  let asked: Promise<Uint8Array | undefined> | undefined;
  const passphrase = (): Promise<Uint8Array | undefined> =>
    (asked ??= readPassphrase(terminal, flags, 'open', signal));
  const archives: ArchiveReader[] = [];
  try {
    for (const file of files) archives.push(await openArchiveFile(file, { passphrase, signal }));
    return await joinOpen(invocation, archives, flags);
  } finally {
    for (const archive of archives) await archive.close();
  }
}

async function joinOpen(
  { terminal, signal }: Invocation,
  archives: readonly ArchiveReader[],
  flags: JoinFlags,
): Promise<ExitCode> {
  const { joinArchives } = await import('../operations/join-archives.ts');
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  const result = await joinArchives({
    archives,
    targetPath: flags.output,
    overwrite: flags.overwrite ?? false,
    signal,
    onProgress: (index, done, total) =>
      progress.update(() => [`${Math.floor((100 * done) / total)} %`, archives[index]?.name ?? '']),
  }).finally(() => progress.clear());
  const content = `${formatCount(result.snapshots, 'snapshot')}, ${formatSize(result.size)}`;
  await terminal.resultLine(`wrote ${result.archivePath}: ${content}`);
  return EXIT.done;
}
