import type { Command } from 'commander';
import type { ParityReport } from '../format/parity-report.ts';
import type { RepairResult } from '../operations/parity.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addExamples, addOutputOption, type OutputFormat, prose } from './options.ts';
import { parsePercent } from './parity-option.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatNumber, formatSize } from '../operations/quantities.ts';

interface ParityFlags {
  readonly parity?: string;
  readonly output: OutputFormat;
  readonly quiet?: boolean;
  readonly percent?: number;
  readonly overwrite?: true;
  readonly to?: string;
}

/** `ptar parity create|verify|repair`: a file beside an archive from which damage can be repaired. */
export function addParityCommand(program: Command, run: RunAction): void {
  const parity = program
    .command('parity')
    .summary('protect an archive against damage, and repair it')
    .description(
      prose(`Make a parity file beside an archive (FILE.par), from which damaged or missing bytes can be computed again: with 5 % parity any
burst of 4 % of the file, wherever it is, and many small ones. It works on bytes: it needs no passphrase and protects any file.`),
    );
  addExamples(parity, [
    ['Protect an archive', 'ptar parity create prod.ptar'],
    ['After a disk error', 'ptar parity repair prod.ptar'],
  ]);
  addCreate(parity, run);
  addVerify(parity, run);
  addRepair(parity, run);
}

function addCreate(parity: Command, run: RunAction): void {
  const command = parity
    .command('create')
    .summary('make the parity file')
    .description('Read the file once and write its parity file. Make it anew whenever the file changes.')
    .argument('<FILE>', 'the archive, or any file')
    .option('--percent <N>', 'size of the parity, 1 to 20 % of the file', parsePercent, 5)
    .option('--overwrite', 'replace a parity file that exists');
  addExamples(addCommonOptions(command), [
    ['Before the archive goes to tape', 'ptar parity create prod.ptar --percent 10'],
  ]);
  command.action((file: string, flags: ParityFlags) => run((invocation) => create(invocation, file, flags)));
}

function addVerify(parity: Command, run: RunAction): void {
  const command = parity
    .command('verify')
    .summary('find damage')
    .description(
      prose(`Hold every byte of the file against the hashes in its parity file, and say whether what is damaged can be repaired. Exit code 5
where anything is damaged.`),
    )
    .argument('<FILE>', 'the archive, or any file');
  addCommonOptions(command);
  command.action((file: string, flags: ParityFlags) => run((invocation) => verify(invocation, file, flags)));
}

function addRepair(parity: Command, run: RunAction): void {
  const command = parity
    .command('repair')
    .summary('put back what is damaged')
    .description(
      prose(`Compute what is damaged and replace the file, all or nothing: the repaired copy is written beside it, every byte of it is proven,
and only then takes the name. Where more is damaged than the parity can give back, nothing is changed: see ptar salvage.`),
    )
    .argument('<FILE>', 'the archive, or any file')
    .option('--to <FILE>', 'write the repaired file there and leave the damaged one as it is');
  addExamples(addCommonOptions(command), [['After a disk error', 'ptar parity repair prod.ptar']]);
  command.action((file: string, flags: ParityFlags) => run((invocation) => repair(invocation, file, flags)));
}

function addCommonOptions(command: Command): Command {
  command
    .option('--parity <FILE>', 'the parity file (default: FILE.par)')
    .option('-q, --quiet', 'no progress');
  return addOutputOption(command, ['table', 'json', 'yaml']);
}

async function create(invocation: Invocation, file: string, flags: ParityFlags): Promise<ExitCode> {
  const { createParityFile } = await import('../operations/parity.ts');
  const result = await withProgress(invocation, flags, (settings) =>
    createParityFile(file, {
      ...settings,
      ...(flags.percent !== undefined && { percent: flags.percent }),
      overwrite: flags.overwrite ?? false,
    }),
  );
  if (await printedAsDocument(invocation, result, flags)) return EXIT.done;
  await invocation.terminal.resultLine(
    `${result.path}: ${formatSize(result.size)}, repairs any burst of up to ${formatSize(result.burstLength)} in ${formatSize(result.fileSize)}`,
  );
  return EXIT.done;
}

async function verify(invocation: Invocation, file: string, flags: ParityFlags): Promise<ExitCode> {
  const { verifyParityFile } = await import('../operations/parity.ts');
  const report = await withProgress(invocation, flags, (settings) => verifyParityFile(file, settings));
  const code = isSound(report) ? EXIT.done : EXIT.integrity;
  if (await printedAsDocument(invocation, report, flags)) return code;
  const { terminal } = invocation;
  if (isSound(report)) await terminal.resultLine(`sound: ${formatSize(report.fileSize)}`);
  else {
    await listDamage(invocation, report);
    const advice =
      report.lostBlocks === 0
        ? 'can be repaired: ptar parity repair'
        : `of them ${formatCount(report.lostBlocks, 'block')} cannot be repaired: see ptar salvage`;
    terminal.error(`damaged: ${damageOf(report)}; ${advice}`);
  }
  warnOfSidecar(invocation, report);
  return code;
}

async function repair(invocation: Invocation, file: string, flags: ParityFlags): Promise<ExitCode> {
  const { repairFile } = await import('../operations/parity.ts');
  const result: RepairResult = await withProgress(invocation, flags, (settings) =>
    repairFile(file, { ...settings, ...(flags.to !== undefined && { output: flags.to }) }),
  );
  const code = result.outcome === 'lost' ? EXIT.integrity : EXIT.done;
  if (await printedAsDocument(invocation, result, flags)) return code;
  const { terminal } = invocation;
  if (result.outcome === 'sound') {
    await terminal.resultLine(`sound: ${formatSize(result.fileSize)}, nothing to repair`);
  } else if (result.outcome === 'repaired') {
    await terminal.resultLine(
      `repaired: ${damageOf(result)}; every byte of ${formatSize(result.fileSize)} proven`,
    );
  } else {
    await listDamage(invocation, result);
    terminal.error(
      `not repaired: ${formatCount(result.lostBlocks, 'block')} of ${formatSize(result.blockSize)} cannot be computed; nothing was changed, see ptar salvage`,
    );
  }
  warnOfSidecar(invocation, result);
  return code;
}

function isSound(report: ParityReport): boolean {
  return report.damagedBlocks === 0 && report.foundSize === report.fileSize;
}

function damageOf({ damagedBlocks, blocks, blockSize, foundSize, fileSize }: ParityReport): string {
  const size = foundSize === fileSize ? '' : `, ${foundSize} bytes instead of ${fileSize}`;
  return `${formatNumber(damagedBlocks)} of ${formatCount(blocks, 'block')} of ${formatSize(blockSize)}${size}`;
}

async function listDamage({ terminal }: Invocation, report: ParityReport): Promise<void> {
  for (const { offset, length } of report.damaged) {
    const isLost = report.lost.some(
      (range) => range.offset < offset + length && offset < range.offset + range.length,
    );
    await terminal.resultLine(
      `bytes ${offset} to ${offset + length - 1}: ${isLost ? 'cannot be repaired' : 'can be repaired'}`,
    );
  }
}

function warnOfSidecar({ terminal }: Invocation, report: ParityReport): void {
  if (report.damagedParityBlocks + report.unknownHashes === 0) return;
  terminal.warn(
    'the parity file itself is damaged; when the file is sound, make it anew: ptar parity create --overwrite',
  );
}

async function printedAsDocument(
  { terminal }: Invocation,
  result: object,
  { output }: ParityFlags,
): Promise<boolean> {
  if (output !== 'json' && output !== 'yaml') return false;
  await printDocument(terminal, result, output);
  return true;
}

async function withProgress<Result>(
  { terminal, signal }: Invocation,
  flags: ParityFlags,
  work: (settings: {
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, total: number) => void;
    readonly parity?: string;
  }) => Promise<Result>,
): Promise<Result> {
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  const onProgress = (done: number, total: number): void =>
    progress.update(() => [`${Math.floor((100 * done) / total)} %`, formatSize(total)]);
  const settings = { signal, onProgress, ...(flags.parity !== undefined && { parity: flags.parity }) };
  return work(settings).finally(() => progress.clear());
}
