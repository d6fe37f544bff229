import { type Command, InvalidArgumentError } from 'commander';
import { nanosOf } from '../resources/quantity.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addExamples, prose } from './options.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from '../operations/quantities.ts';

interface SplitFlags {
  readonly size: number;
  readonly to?: string;
  readonly overwrite?: boolean;
  readonly quiet?: boolean;
}

const NANOS = 1_000_000_000n;

/** `ptar split`: an archive in parts for small media. */
export function addSplitCommand(program: Command, run: RunAction): void {
  const command = program
    .command('split')
    .summary('cut an archive into parts for small media')
    .description(
      prose(`Write an archive as parts (FILE.001, FILE.002, …) and a list of their hashes (FILE.parts). "ptar join FILE.parts -o FILE" puts them
together and names what is missing or damaged. Without ptar, "sha256sum -c FILE.parts" verifies them and "cat" joins them. The archive
stays as it is; no passphrase is needed.

Sizes are written as Kubernetes writes them: 4G is 4,000,000,000 bytes and fits on FAT32, 4Gi is 4,294,967,296 and does not.`),
    )
    .argument('<FILE>', 'the archive')
    .requiredOption('--size <SIZE>', 'bytes of a part, as 700M, 4G or 4Gi', parseSize)
    .option('--to <FOLDER>', 'where the parts go; default: beside the archive')
    .option('--overwrite', 'replace parts that exist')
    .option('-q, --quiet', 'no progress');
  addExamples(command, [
    ['For a stick with FAT32', 'ptar split prod.ptar --size 4G --to /media/stick'],
    ['At the other site', 'ptar join /media/stick/prod.ptar.parts -o prod.ptar'],
  ]);
  command.action((file: string, flags: SplitFlags) => run((invocation) => split(invocation, file, flags)));
}

async function split({ terminal, signal }: Invocation, file: string, flags: SplitFlags): Promise<ExitCode> {
  const { splitArchive } = await import('../operations/split-archive.ts');
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  const { listPath, parts, size } = await splitArchive({
    archivePath: file,
    partSize: flags.size,
    ...(flags.to !== undefined && { folder: flags.to }),
    overwrite: flags.overwrite ?? false,
    signal,
    onProgress: (done, total) => progress.update(() => [`${Math.floor((100 * done) / total)} %`, file]),
  }).finally(() => progress.clear());
  await terminal.resultLine(`wrote ${listPath}: ${formatCount(parts, 'part')}, ${formatSize(size)}`);
  return EXIT.done;
}

function parseSize(text: string): number {
  const nanos = nanosOf(text) ?? 0n;
  const size = Number(nanos / NANOS);
  if (nanos > 0n && nanos % NANOS === 0n && Number.isSafeInteger(size)) return size;
  throw new InvalidArgumentError('give whole bytes as Kubernetes writes quantities: 700M, 4G, 4Gi.');
}
