import type { Command } from 'commander';
import {
  addArchiveFormOptions,
  archiveForm,
  type ArchiveFormFlags,
  checkPlaintext,
  encryptionOf,
  type NewPassphrase,
} from './archive-form.ts';
import { isPartial, reportCapture } from './capture-report.ts';
import { addClusterSourceOptions, clusterSourceOptions, type ClusterSourceFlags } from './cluster-source.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addSignOptions, signerOf, type SignFlags } from './key-options.ts';
import { captureAsNamed, addRetentionOptions, type RetentionFlags } from './retention.ts';
import {
  addExamples,
  addOutputOption,
  addPassphraseOptions,
  appendList,
  type OutputFormat,
  prose,
} from './options.ts';
import { PASSPHRASE_SOURCES, type PassphraseFlags } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from './quantities.ts';

interface CreateFlags
  extends PassphraseFlags, ArchiveFormFlags, SignFlags, ClusterSourceFlags, RetentionFlags {
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly format: OutputFormat;
  readonly quiet?: boolean;
}

/** `ptar create`: captures sources into a new archive. */
export function addCreateCommand(program: Command, run: RunAction): void {
  const command = program
    .command('create')
    .summary('capture clusters, manifests or folders into a new archive')
    .description(
      prose(`Capture SOURCES into a new archive, each as a snapshot of its own. The archive appears under its name when it is
complete; until then, and when anything goes wrong, what was there stays. Items that cannot be read are recorded in the
archive, listed, and give exit code 4.

A SOURCE is
  k8s://[CONTEXT][/NAMESPACE]   the API objects of a cluster, as of one moment
  manifests:PATH                manifests in a file or folder, or - for stdin
  tar:FILE                      a tar, also compressed with gzip, or - for stdin
  PATH                          a folder or file

{timestamp} in the name of FILE is replaced by the time in UTC, as in 20261121T150405Z. With --keep and its like, older
archives whose names fit are then removed: after the new one is complete, also when some of its items failed (exit code 4), and
never otherwise. Files that only look similar, or are no complete archives, stay. Nobody else can capture into the same FILE
meanwhile: exit code 7.

The archive is encrypted with a passphrase, which comes from --passphrase-file, --passphrase-command, PTAR_PASSPHRASE,
PLAKAR_PASSPHRASE, or is asked for.`),
    )
    .argument('<SOURCE...>', 'what to capture')
    .requiredOption('-o, --output <FILE>', 'the archive to make')
    .option('--overwrite', 'replace FILE if it exists, once the new archive is complete')
    .option('--name <NAME>', 'name of the snapshots')
    .option('--tag <TAGS>', 'tags of the snapshots; several with commas, or given again', appendList);
  addRetentionOptions(command);
  addPassphraseOptions(addArchiveFormOptions(command));
  addSignOptions(command);
  addClusterSourceOptions(command).option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml'], '--format <FORMAT>');
  addExamples(command, [
    ['The cluster of the current context', 'ptar create -o prod.ptar k8s://'],
    [
      'One namespace of another context, with the passphrase from a password manager',
      `ptar create -o shop.ptar --passphrase-command 'pass show ptar' k8s://prod/shop`,
    ],
    [
      'Every night, an archive of its own for a week and one a month for a year',
      "ptar create -o 'backups/prod-{timestamp}.ptar' --keep 7 --keep-monthly 12 k8s://prod",
    ],
    [
      'A folder of manifests before and after a change, to compare them',
      'ptar create -o release.ptar manifests:before manifests:after',
    ],
  ]);
  command.action((sources: string[], flags: CreateFlags) =>
    run((invocation) => create(invocation, sources, flags)),
  );
}

async function create(
  invocation: Invocation,
  sources: readonly string[],
  flags: CreateFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const passphrase: NewPassphrase = { flags, purpose: 'create', sources: PASSPHRASE_SOURCES };
  checkPlaintext(flags, passphrase);
  const capture = await captureAsNamed(flags);
  const signer = await signerOf(invocation, flags);
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  try {
    const result = await capture({
      sources,
      encryption: () => encryptionOf(invocation, flags, passphrase),
      ...archiveForm(flags),
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
    return isPartial(result) ? EXIT.partial : EXIT.done;
  } finally {
    progress.clear();
  }
}
