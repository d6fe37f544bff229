import type { Command } from 'commander';
import type { MissingItem, SalvagedSnapshot, SalvageReport } from '../format/salvage-report.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addExamples, addOutputOption, addPassphraseOptions, type OutputFormat, prose } from './options.ts';
import { type PassphraseFlags, readPassphrase } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatNumber, formatSize } from '../operations/quantities.ts';
import { type Column, tableLines } from './table.ts';

interface SalvageFlags extends PassphraseFlags {
  readonly to: string;
  readonly output: OutputFormat;
  readonly overwrite?: true;
  readonly quiet?: boolean;
}

/** `ptar salvage`: saves what is left of a damaged archive. */
export function addSalvageCommand(program: Command, run: RunAction): void {
  const command = program
    .command('salvage')
    .summary('save what is left of a damaged archive')
    .description(
      prose(`Read a damaged or incomplete archive and write a new one with everything that still authenticates, under the same passphrase.
Snapshots that have lost nothing are copied as they are. Of the others a new snapshot gets what is left; what is missing is listed, and
recorded in it. Files that belong to none of them are in snapshots named lost+found. Contents without names are in lost+found
contents; there also, as *.partial with zeros for what is lost, the rest of those that are not whole. Exit code 4 then, and also where no index is left to tell whether there was more.

Blobs are found by the archive's state or by the packfile's index, whichever is left. Without both – after a copy that broke off –
they are looked for byte by byte, which takes about 7 minutes a GiB in an encrypted archive.
The configuration at the beginning of the file has to be readable. The damaged file is not changed. With a parity file, try
ptar parity repair first.`),
    )
    .argument('<FILE>', 'the damaged archive')
    .requiredOption('--to <PATH>', 'the new archive')
    .option('--overwrite', 'replace a file that exists')
    .option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml']);
  addPassphraseOptions(command);
  addExamples(command, [
    ['An upload that broke off', 'ptar salvage prod.ptar --to saved.ptar'],
    ['What is missing, for a script', 'ptar salvage prod.ptar --to saved.ptar -o json | jq .missing'],
  ]);
  command.action((file: string, flags: SalvageFlags) =>
    run((invocation) => salvage(invocation, file, flags)),
  );
}

const SNAPSHOT_COLUMNS: readonly Column<SalvagedSnapshot>[] = [
  { header: 'SNAPSHOT', cell: ({ id }) => id?.slice(0, 8) ?? '-' },
  { header: 'OUTCOME', cell: ({ outcome }) => outcome },
  { header: 'SAVED AS', cell: ({ savedAs }) => savedAs?.slice(0, 8) ?? '-' },
  { header: 'ENTRIES', cell: ({ entries }) => formatNumber(entries), align: 'right' },
  { header: 'MISSING', cell: ({ missing }) => formatNumber(missing), align: 'right' },
  { header: 'NAME', cell: ({ name }) => (name === '' ? '-' : name) },
];
const MISSING_COLUMNS: readonly Column<MissingItem>[] = [
  { header: 'SNAPSHOT', cell: ({ snapshot }) => snapshot?.slice(0, 8) ?? '-' },
  { header: 'LOST', cell: ({ lost }) => lost },
  { header: 'PATH', cell: ({ path }) => path ?? '-' },
  { header: 'REASON', cell: ({ reason }) => reason },
];

async function salvage(invocation: Invocation, file: string, flags: SalvageFlags): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const [{ salvageArchiveFile }, { isComplete }] = await Promise.all([
    import('../operations/salvage.ts'),
    import('../format/salvage-report.ts'),
  ]);
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  const report = await salvageArchiveFile(file, flags.to, {
    passphrase: () => readPassphrase(terminal, flags, 'open', signal),
    overwrite: flags.overwrite ?? false,
    signal,
    onProgress: (done, total) => progress.update(() => [`${Math.floor((100 * done) / total)} %`]),
  }).finally(() => progress.clear());
  if (flags.output === 'json' || flags.output === 'yaml') await printDocument(terminal, report, flags.output);
  else await printReport(invocation, report, flags.to);
  return isComplete(report) ? EXIT.done : EXIT.partial;
}

async function printReport({ terminal }: Invocation, report: SalvageReport, to: string): Promise<void> {
  for (const problem of report.container) terminal.warn(problem);
  if (report.blobs.missing > 0) {
    terminal.warn(
      `${formatCount(report.blobs.missing, 'blob')} damaged or gone, ${formatNumber(report.blobs.found)} found`,
    );
  }
  for await (const line of tableLines(SNAPSHOT_COLUMNS, report.snapshots)) await terminal.resultLine(line);
  if (report.missing.length > 0) {
    await terminal.resultLine('');
    for await (const line of tableLines(MISSING_COLUMNS, report.missing)) await terminal.resultLine(line);
  }
  const more = report.missingCount - report.missing.length;
  if (more > 0) terminal.warn(`and ${formatCount(more, 'more item')}`);
  if (!report.isListed) terminal.warn('no index is left: whether there was more cannot be known');
  const missing = formatCount(report.missingCount, 'item');
  const known = report.isListed ? '' : ' that is known of';
  const what = report.missingCount === 0 ? `nothing${known} is missing` : `${missing} missing`;
  terminal.note(`${to}: ${formatSize(report.size)}, ${what}`);
}
