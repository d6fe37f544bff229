import type { Command } from 'commander';
import type { CaptureOptions } from '../operations/capture.ts';
import { isPartial, reportCapture, type ReportedCapture } from './capture-report.ts';
import { addClusterSourceOptions, clusterSourceOptions, type ClusterSourceFlags } from './cluster-source.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation } from './invocation.ts';
import { addSignOptions, signerOf, type SignFlags } from './key-options.ts';
import { addOutputOption, addPassphraseOptions, appendList, type OutputFormat } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';
import { addParityOptions, completeParity, type ParityOptionFlags } from './parity-option.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from '../operations/quantities.ts';
import { limitGarbage } from '../platform/node/garbage-limit.ts';

/** Options of every command that captures. */
export interface CaptureFlags extends PassphraseFlags, SignFlags, ClusterSourceFlags, ParityOptionFlags {
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly format: OutputFormat;
  readonly quiet?: boolean;
}

/** What is the same for a new archive and for one that is there. */
export type CaptureRequest = Pick<
  CaptureOptions,
  'sources' | 'name' | 'tags' | 'importer' | 'signer' | 'signal' | 'onProgress'
>;

/** Adds the options of {@link CaptureFlags}. */
export function addCaptureOptions(command: Command): Command {
  command
    .option('--name <NAME>', 'name of the snapshots')
    .option('--tag <TAGS>', 'tags of the snapshots; several with commas, or given again', appendList);
  addParityOptions(addSignOptions(addPassphraseOptions(command)));
  addClusterSourceOptions(command).option('-q, --quiet', 'no progress');
  return addOutputOption(command, ['table', 'json', 'yaml'], '--format <FORMAT>');
}

/** Captures `sources` as the flags say, with progress on the terminal, and prints what came of it. */
export async function captureAndReport(
  invocation: Invocation,
  sources: readonly string[],
  flags: CaptureFlags,
  capture: (request: CaptureRequest) => Promise<ReportedCapture>,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  limitGarbage();
  const signer = await signerOf(invocation, flags);
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  try {
    const captured = await capture({
      sources,
      ...(flags.name !== undefined && { name: flags.name }),
      tags: flags.tag ?? [],
      importer: clusterSourceOptions(flags, signal),
      ...(signer && { signer }),
      signal,
      onProgress: ({ source, what, done, size }) =>
        progress.update(() => [formatCount(done, 'item'), formatSize(size), source, what]),
    });
    progress.clear();
    const parity = await completeParity(invocation, flags, captured.archivePath);
    const result = { ...captured, ...(parity && { parity }) };
    await reportCapture(invocation, result, flags.format);
    return isPartial(result) ? EXIT.partial : EXIT.done;
  } finally {
    progress.clear();
  }
}
