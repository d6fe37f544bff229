import type { Command } from 'commander';
import {
  addArchiveFormOptions,
  archiveForm,
  type ArchiveFormFlags,
  checkPlaintext,
  encryptionOf,
  type NewPassphrase,
} from './archive-form.ts';
import { addCaptureOptions, captureAndReport, type CaptureFlags } from './capture-command.ts';
import type { RunAction } from './invocation.ts';
import { addExamples, prose } from './options.ts';
import { PASSPHRASE_SOURCES } from './passphrase.ts';
import { addRetentionOptions, captureAsNamed, type RetentionFlags } from './retention.ts';

type CreateFlags = CaptureFlags & ArchiveFormFlags & RetentionFlags;

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
    .option('--overwrite', 'replace FILE if it exists, once the new archive is complete');
  addCaptureOptions(addArchiveFormOptions(addRetentionOptions(command)));
  addExamples(command, [
    ['The cluster of the current context', 'ptar create -o prod.ptar k8s://'],
    ['With a parity file beside it, against damaged disks', 'ptar create -o prod.ptar --parity k8s://'],
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
    run(async (invocation) => {
      const passphrase: NewPassphrase = { flags, purpose: 'create', sources: PASSPHRASE_SOURCES };
      checkPlaintext(flags, passphrase);
      const capture = await captureAsNamed(flags);
      const encryption = (): ReturnType<typeof encryptionOf> => encryptionOf(invocation, flags, passphrase);
      return captureAndReport(invocation, sources, flags, (request) =>
        capture({ ...request, ...archiveForm(flags), encryption }),
      );
    }),
  );
}
