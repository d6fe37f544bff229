import type { Command } from 'commander';
import { reportCapture } from './capture-report.ts';
import { addClusterSourceOptions, clusterSourceOptions, type ClusterSourceFlags } from './cluster-source.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addSignOptions, signerOf, type SignFlags } from './key-options.ts';
import {
  addExamples,
  addOutputOption,
  addPassphraseOptions,
  appendList,
  type OutputFormat,
  prose,
} from './options.ts';
import { readPassphrase, type PassphraseFlags } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from './quantities.ts';

interface AddFlags extends PassphraseFlags, SignFlags, ClusterSourceFlags {
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly full?: boolean;
  readonly format: OutputFormat;
  readonly quiet?: boolean;
}

/** `ptar add`: captures sources into an archive that is there. */
export function addAddCommand(program: Command, run: RunAction): void {
  const command = program
    .command('add')
    .summary('capture into an archive that is there already')
    .description(
      prose(`Capture SOURCES as further snapshots of the archive FILE, under its key, hashing and compression. What it holds
already is neither stored nor sealed again. SOURCES are those of ptar create.

The archive is written anew beside itself and replaced when complete; until then, and when anything goes wrong, it stays as
it was. While it is written nobody else can add to it, and if somebody replaces it meanwhile, nothing is lost: the command
ends with exit code 7.

Files whose size, modification time and inode are those of the last snapshot of the same source are not read again.`),
    )
    .argument('<FILE>', 'the archive')
    .argument('<SOURCE...>', 'what to capture')
    .option('--name <NAME>', 'name of the snapshots')
    .option('--tag <TAGS>', 'tags of the snapshots; several with commas, or given again', appendList)
    .option('--full', 'read every file, also those that seem unchanged');
  addPassphraseOptions(command);
  addSignOptions(command);
  addClusterSourceOptions(command).option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml'], '--format <FORMAT>');
  addExamples(command, [['Every night, one more snapshot of the cluster', 'ptar add prod.ptar k8s://prod']]);
  command.action((file: string, sources: string[], flags: AddFlags) =>
    run((invocation) => add(invocation, file, sources, flags)),
  );
}

async function add(
  invocation: Invocation,
  file: string,
  sources: readonly string[],
  flags: AddFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { addSnapshots } = await import('../operations/add-snapshot.ts');
  const signer = await signerOf(invocation, flags);
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  try {
    const result = await addSnapshots({
      sources,
      archivePath: file,
      passphrase: () => readPassphrase(terminal, flags, 'open', signal),
      full: flags.full ?? false,
      ...(flags.name !== undefined && { name: flags.name }),
      tags: flags.tag ?? [],
      importer: clusterSourceOptions(flags, signal),
      ...(signer && { signer }),
      signal,
      onProgress: ({ source, what, done, size }) =>
        progress.update(() => [formatCount(done, 'item'), formatSize(size), source, what]),
    });
    progress.clear();
    await reportCapture(invocation, result, flags.format);
    return result.sources.some((source) => source.failed > 0) ? EXIT.partial : EXIT.done;
  } finally {
    progress.clear();
  }
}
