import type { Command } from 'commander';
import type { ArchiveReader } from '../format/index.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addExamples, addPassphraseOptions, prose } from './options.ts';
import { readPassphrase, type PassphraseFlags } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from '../operations/quantities.ts';

interface JoinFlags extends PassphraseFlags {
  readonly output: string;
  readonly overwrite?: boolean;
  readonly quiet?: boolean;
}

/** `ptar join`: makes one archive of several that share RepositoryID and key, or of the parts of one. */
export function addJoinCommand(program: Command, run: RunAction): void {
  const command = program
    .command('join')
    .summary('make one archive of several that came from one, or of its parts')
    .description(
      prose(`Put all snapshots of FILES into one new archive. The files must come from one archive – copies of it that were added
to on different machines – and so share its RepositoryID, key and passphrase; others go through ptar copy. What they hold is
stored once, copied as it is sealed, and signatures stay valid.

Where the first of FILES is the list of parts that ptar split made (FILE.parts), the parts are put together: those beside the list, and
those that are named after it, one by one or by their folder. Each is verified; what is missing or damaged is named. No passphrase then.`),
    )
    .argument('<FILES...>', 'the archives, at least two; or the list of parts')
    .requiredOption('-o, --output <FILE>', 'the archive to make')
    .option('--overwrite', 'replace FILE if it exists, once the new archive is complete');
  addPassphraseOptions(command).option('-q, --quiet', 'no progress');
  addExamples(command, [
    ['What two sites have added to copies of one archive', 'ptar join east.ptar west.ptar -o all.ptar'],
    ['The parts that came on two sticks', 'ptar join /media/a/prod.ptar.parts /media/b -o prod.ptar'],
  ]);
  command.action((files: string[], flags: JoinFlags) => run((invocation) => join(invocation, files, flags)));
}

async function join(invocation: Invocation, files: readonly string[], flags: JoinFlags): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { isPartsListFile } = await import('../operations/unsplit-archive.ts');
  const [first = '', ...others] = files;
  if (await isPartsListFile(first)) return joinParts(invocation, first, others, flags);
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

async function joinParts(
  { terminal, signal }: Invocation,
  listPath: string,
  places: readonly string[],
  flags: JoinFlags,
): Promise<ExitCode> {
  const { unsplitArchive } = await import('../operations/unsplit-archive.ts');
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  const { archivePath, size, parts } = await unsplitArchive({
    listPath,
    places,
    targetPath: flags.output,
    overwrite: flags.overwrite ?? false,
    signal,
    onProgress: (done, total) => progress.update(() => [`${Math.floor((100 * done) / total)} %`, listPath]),
  }).finally(() => progress.clear());
  await terminal.resultLine(`wrote ${archivePath}: ${formatCount(parts, 'part')}, ${formatSize(size)}`);
  return EXIT.done;
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
