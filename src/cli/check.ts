import type { Command } from 'commander';
import type { Finding } from '../format/index.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import { addExamples, addOutputOption, addPassphraseOptions, type OutputFormat, prose } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from './quantities.ts';
import { tableLines, type Column } from './table.ts';

interface CheckFlags extends PassphraseFlags {
  readonly output: OutputFormat;
  readonly quiet?: boolean;
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
damaged, not that nobody changed it.`),
    )
    .argument('<FILE>', 'the archive')
    .option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml']);
  addPassphraseOptions(command);
  addExamples(command, [
    ['Before the archive goes to the vault', 'ptar check prod.ptar && mv prod.ptar /vault/'],
  ]);
  command.action((file: string, flags: CheckFlags) => run((invocation) => check(invocation, file, flags)));
}

const COLUMNS: readonly Column<Finding>[] = [
  { header: 'CODE', cell: ({ code }) => code },
  { header: 'OFFSET', cell: ({ offset }) => offset?.toString() ?? '-', align: 'right' },
  { header: 'SNAPSHOT', cell: ({ snapshot }) => snapshot?.slice(0, 8) ?? '-' },
  { header: 'PATH', cell: ({ path }) => path ?? '-' },
  { header: 'PROBLEM', cell: ({ message }) => message },
];

async function check(invocation: Invocation, file: string, flags: CheckFlags): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  return withArchive(invocation, file, flags, async (archive) => {
    const { verifyArchive } = await import('../operations/verify.ts');
    const { size } = archive.statistics();
    const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
    const result = await verifyArchive(archive, {
      signal,
      onProgress: (done, total) => progress.update(() => [`${Math.floor((100 * done) / total)} %`, file]),
    }).finally(() => progress.clear());
    if (flags.output === 'json' || flags.output === 'yaml') {
      const findings = result.findings.map((finding) => ({ ...finding }));
      await printDocument(terminal, { ...result, findings }, flags.output);
    } else {
      for await (const line of tableLines(COLUMNS, result.findings)) await terminal.resultLine(line);
      const more = result.count - result.findings.length;
      if (more > 0) terminal.warn(`and ${formatCount(more, 'more finding')}`);
      const extent = `${formatSize(size)}, ${formatCount(result.snapshots, 'snapshot')}`;
      if (result.count === 0) await terminal.resultLine(`${file} is sound: ${extent}`);
      else terminal.error(`${file} is damaged: ${formatCount(result.count, 'finding')} in ${extent}`);
    }
    return result.count === 0 ? EXIT.done : EXIT.integrity;
  });
}
