import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ArchiveReader, Finding } from '../format/index.ts';
import type { VerifyResult, VerifyScope } from '../operations/verify.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addTrustedKeyOption, trustedKeysOf, type TrustedKeyFlags } from './key-options.ts';
import { withArchive } from './opened-archive.ts';
import { addExamples, addOutputOption, addPassphraseOptions, type OutputFormat, prose } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatNumber, formatSize } from '../operations/quantities.ts';
import { tableLines, type Column } from './table.ts';

interface CheckFlags extends PassphraseFlags, TrustedKeyFlags {
  readonly output: OutputFormat;
  readonly quiet?: boolean;
  readonly fast?: true;
  readonly sample?: number;
}

/** `ptar check`: reads every byte of an archive. */
export function addCheckCommand(program: Command, run: RunAction): void {
  const command = program
    .command('check')
    .alias('verify')
    .summary('verify every byte of an archive')
    .description(
      prose(`Read the whole archive and hold every byte against its MAC: container, packfile, every blob, every snapshot's tree. What is
wrong is listed with its place and the path that it concerns; exit code 5 then. A plaintext archive proves that nothing was
damaged, not that nobody changed it.

--fast reads structure and metadata, so that every file is known to have its chunks, but not the chunks. --sample reads a share of
them, chosen at random, and says how likely it is to miss one damaged chunk.

Signatures are verified in any case. Anybody can sign with a key of their own: with --trusted-key, a snapshot that is not signed,
or by another key, is a finding.`),
    )
    .argument('<FILE>', 'the archive')
    .addOption(new Option('--fast', 'structure and metadata only').conflicts('sample'))
    .addOption(new Option('--sample <N%>', 'structure, metadata and N % of the chunks').argParser(parseShare))
    .option('-q, --quiet', 'no progress');
  addTrustedKeyOption(command);
  addOutputOption(command, ['table', 'json', 'yaml']);
  addPassphraseOptions(command);
  addExamples(command, [
    ['Before the archive goes to the vault', 'ptar check prod.ptar && mv prod.ptar /vault/'],
    ['That nobody but the backup server made it', 'ptar check prod.ptar --trusted-key backup.pub'],
    [
      'Every night, a twentieth of what lies in the vault',
      'ptar check --sample 5% https://vault.example/prod.ptar',
    ],
  ]);
  command.action((file: string, flags: CheckFlags) => run((invocation) => check(invocation, file, flags)));
}

/** `5%`, `5`, `0.1 %`: the share, 0 to 1. */
function parseShare(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)\s*%?$/.exec(text.trim());
  const percent = Number(match?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new InvalidArgumentError('a share of more than 0 and up to 100 %, such as 5%.');
}

function scopeOf({ fast, sample }: CheckFlags): VerifyScope {
  if (fast === true) return 'structure';
  return sample === undefined ? 'everything' : { share: sample };
}

/** What was read of the chunks, where that was not all; empty otherwise. */
function describeChunks({ chunks: { read, total, missProbability } }: VerifyResult): string {
  if (read === total) return '';
  const share = `${formatNumber(read)} of ${formatCount(total, 'chunk')} read`;
  // Rounding must not promise more than is true.
  const percent = Math.min(100, Math.ceil(missProbability * 1000) / 10);
  return read === 0
    ? `; contents not read (${formatCount(total, 'chunk')})`
    : `; ${share}, chance of missing one damaged chunk ${percent} %`;
}

/** One damaged blob is damage; findings about signatures alone are not. */
function verdictOn({ findings }: VerifyResult): string {
  return findings.every(({ code }) => code === 'INTEGRITY_SIGNATURE') ? 'not to be trusted' : 'damaged';
}

/** How many snapshots are signed, and whose signatures are trusted; empty where none is. */
function describeSignatures({ signatures: { trusted, valid } }: VerifyResult): string {
  if (trusted > 0) return `; ${formatCount(trusted, 'signature')} by trusted keys`;
  return valid > 0 ? `; ${formatCount(valid, 'valid signature')}, by keys that nobody has vouched for` : '';
}

const COLUMNS: readonly Column<Finding>[] = [
  { header: 'CODE', cell: ({ code }) => code },
  { header: 'OFFSET', cell: ({ offset }) => offset?.toString() ?? '-', align: 'right' },
  { header: 'SNAPSHOT', cell: ({ snapshot }) => snapshot?.slice(0, 8) ?? '-' },
  { header: 'LOST', cell: ({ lost }) => lost ?? '-' },
  { header: 'PATH', cell: ({ path }) => path ?? '-' },
  { header: 'PROBLEM', cell: ({ message }) => message },
];

async function check(invocation: Invocation, file: string, flags: CheckFlags): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const trustedKeys = await trustedKeysOf(flags);
  const scope = scopeOf(flags);
  // While the key is derived.
  const loading = import('../operations/verify.ts');
  const use = async (archive: ArchiveReader): Promise<ExitCode> => {
    const { verifyArchive } = await loading;
    // A URL without its credentials.
    const { name, size } = archive;
    const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
    const result = await verifyArchive(archive, {
      signal,
      scope,
      ...(trustedKeys && { trustedKeys }),
      onProgress: (done, total) => progress.update(() => [`${Math.floor((100 * done) / total)} %`, name]),
    }).finally(() => progress.clear());
    if (flags.output === 'json' || flags.output === 'yaml') {
      const findings = result.findings.map((finding) => ({ ...finding }));
      await printDocument(
        terminal,
        { ...result, chunks: { ...result.chunks }, signatures: { ...result.signatures }, findings },
        flags.output,
      );
    } else {
      for await (const line of tableLines(COLUMNS, result.findings)) await terminal.resultLine(line);
      const more = result.count - result.findings.length;
      if (more > 0) terminal.warn(`and ${formatCount(more, 'more finding')}`);
      const extent = `${formatSize(size)}, ${formatCount(result.snapshots, 'snapshot')}${describeChunks(result)}${describeSignatures(result)}`;
      if (result.count === 0) await terminal.resultLine(`${name} is sound: ${extent}`);
      else {
        terminal.error(
          `${name} is ${verdictOn(result)}: ${formatCount(result.count, 'finding')} in ${extent}`,
        );
      }
    }
    return result.count === 0 ? EXIT.done : EXIT.integrity;
  };
  return withArchive(invocation, file, flags, use, scope === 'everything' ? { willRead: 'everything' } : {});
}
