import type { Command } from 'commander';
import { KeyError, UsageError } from '../errors.ts';
import type {
  CopiedSnapshot,
  CopyIntoOptions,
  CopyOptions,
  CopyResult,
  CopySelection,
} from '../operations/copy-archive.ts';
import type { CreatedParityFile } from '../operations/parity.ts';
import {
  addArchiveFormOptions,
  archiveForm,
  type ArchiveFormFlags,
  checkPlaintext,
  encryptionOf,
  type NewPassphrase,
} from './archive-form.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode, exitCodeOfItems } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addSignOptions, signerOf, type SignFlags } from './key-options.ts';
import { withArchive } from './opened-archive.ts';
import {
  addExamples,
  addNamespaceOption,
  addOutputOption,
  addPassphraseOptions,
  appendList,
  type OutputFormat,
  prose,
} from './options.ts';
import { isPassphraseGiven, readPassphrase, type PassphraseFlags } from './passphrase.ts';
import { addParityOptions, completeParity, parityNote, type ParityOptionFlags } from './parity-option.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatNumber, formatSize } from '../operations/quantities.ts';
import { tableLines, type Column } from './table.ts';

interface CopyFlags extends PassphraseFlags, Omit<ArchiveFormFlags, 'output'>, SignFlags, ParityOptionFlags {
  readonly output?: string;
  readonly into?: string;
  readonly snapshots?: readonly string[];
  readonly namespace?: string;
  readonly newPassphraseFile?: string;
  readonly newPassphraseCommand?: string;
  readonly redact?: boolean;
  readonly withoutSecrets?: boolean;
  readonly format: OutputFormat;
}

/** `ptar copy`: copies snapshots, or parts of them, into another archive. */
export function addCopyCommand(program: Command, run: RunAction): void {
  const command = program
    .command('copy')
    .summary('copy snapshots, or parts of them, into another archive')
    .description(
      prose(`Copy all snapshots of FILE, or what SELECTIONS mean in them, into a new archive with a passphrase of its own, or with
--into into one that is there already, under its passphrase, hashing and compression. Times, names, tags and recorded errors go
along; signatures cannot, because ids change with the key: sign the copy with --sign.

An archive that is copied into is written anew beside itself and replaced when complete. While it is written nobody else can add to
it, and if somebody replaces it meanwhile, nothing is lost: the command ends with exit code 7.

With --redact or --without-secrets the copy can be given to people who may not see Secrets, and says so in its header.
--redact puts a salted hash in the place of every value of a Secret – equal values, equal hashes – also where kubectl, Helm
and others keep copies. --without-secrets leaves Secrets out. Both take snapshots of Kubernetes objects only; values that
people write elsewhere, say into an environment variable, stay.

The passphrase of FILE comes from --passphrase-file, --passphrase-command or PTAR_PASSPHRASE, that of the other archive from
--new-passphrase-file, --new-passphrase-command or PTAR_NEW_PASSPHRASE, or they are asked for.`),
    )
    .argument('<FILE>', 'the archive to copy from')
    .argument(
      '[SELECTION...]',
      'what to copy: /PATH, KIND, KIND/NAME or NAMESPACE/KIND/NAME; default: everything',
    )
    .option('-o, --output <FILE>', 'the archive to make')
    .option('--into <FILE>', 'the archive to add the copies to')
    .option('--overwrite', 'replace what -o names if it exists, once the new archive is complete')
    .option('--snapshots <WHICH>', 'only these: latest, latest~1, indexes (1 is the oldest), ids', appendList)
    .option('--redact', 'put salted hashes in the place of Secret values')
    .option('--without-secrets', 'leave Secrets out');
  addNamespaceOption(command, 'only objects of this namespace');
  addPassphraseOptions(command)
    .option('--new-passphrase-file <FILE>', 'read the passphrase of the other archive from FILE')
    .option(
      '--new-passphrase-command <COMMAND>',
      'read the passphrase of the other archive from what COMMAND prints',
    );
  addParityOptions(addSignOptions(addArchiveFormOptions(command))).option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml'], '--format <FORMAT>');
  addExamples(command, [
    [
      'For the auditor: one namespace, no Secret values, a passphrase of its own',
      'ptar copy prod.ptar -n shop --redact -o audit.ptar',
    ],
    ['The last snapshot under another passphrase', 'ptar copy prod.ptar --snapshots latest -o today.ptar'],
    ['Into the archive of all clusters', 'ptar copy prod.ptar --snapshots latest --into all.ptar'],
  ]);
  command.action((file: string, selections: string[], flags: CopyFlags) =>
    run((invocation) => {
      checkTarget(command, flags);
      return copy(invocation, file, selections, flags);
    }),
  );
}

/** Options that say what a new archive is like. */
const FORM_OPTIONS = ['overwrite', 'plaintext', 'compression', 'hashing', 'kdf'] as const;

function checkTarget(command: Command, { output, into }: CopyFlags): void {
  if ((output === undefined) === (into === undefined)) {
    throw new UsageError('say where the copies go: -o for a new archive, or --into for one that is there');
  }
  const unfit = FORM_OPTIONS.find((option) => command.getOptionValueSource(option) === 'cli');
  if (into === undefined || unfit === undefined) return;
  throw new UsageError(`--${unfit} is for a new archive; ${into} stays what it is`);
}

async function copy(
  invocation: Invocation,
  file: string,
  selections: readonly string[],
  flags: CopyFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  if (flags.redact === true && flags.withoutSecrets === true) {
    throw new UsageError('--redact and --without-secrets exclude each other; give one of them');
  }
  const [{ copyArchive, copyIntoArchive }, { chooseSnapshot }] = await Promise.all([
    import('../operations/copy-archive.ts'),
    import('../operations/snapshot-choice.ts'),
  ]);
  const target = targetOf(invocation, flags);
  return withArchive(invocation, file, flags, async (archive) => {
    const snapshots = [];
    for (const which of flags.snapshots ?? []) snapshots.push(await chooseSnapshot(archive, which));
    const signer = await signerOf(invocation, flags);
    const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
    const selection: CopySelection = {
      archive,
      ...(snapshots.length > 0 && { snapshots }),
      selections,
      ...(flags.namespace !== undefined && { namespace: flags.namespace }),
      ...(flags.redact === true && { secrets: 'redact' as const }),
      ...(flags.withoutSecrets === true && { secrets: 'omit' as const }),
      ...(signer && { signer }),
      signal,
      onProgress: (snapshot, done) =>
        progress.update(() => [formatCount(done, 'entry', 'entries'), `snapshot ${snapshot.id.slice(0, 8)}`]),
    };
    const copying =
      'encryption' in target
        ? copyArchive({ ...selection, ...target })
        : copyIntoArchive({ ...selection, ...target });
    const copied = await copying.finally(() => progress.clear());
    const parity = await completeParity(invocation, flags, copied.archivePath);
    const result = { ...copied, ...(parity && { parity }) };
    await report(invocation, result, flags.format);
    const isPartial = result.skipped.length > 0 || result.snapshots.some(({ failed }) => failed > 0);
    return isPartial ? exitCodeOfItems(result.snapshots.flatMap(({ damage }) => damage)) : EXIT.done;
  });
}

/** What the flags say of the archive that the copies go to. */
function targetOf(
  invocation: Invocation,
  flags: CopyFlags,
): Omit<CopyOptions, keyof CopySelection> | Omit<CopyIntoOptions, keyof CopySelection> {
  const { terminal, signal } = invocation;
  const passphrase = newPassphrase(flags);
  if (flags.into !== undefined) {
    const { into } = flags;
    return {
      targetPath: into,
      expectsEncryption: isPassphraseGiven(terminal, passphrase.flags, 'copyInto'),
      passphrase: async () => {
        const given = await readPassphrase(terminal, passphrase.flags, 'copyInto', signal);
        if (given !== undefined) return given;
        throw new KeyError(
          'KEY_MISSING',
          `${into} is encrypted; give its passphrase with ${passphrase.sources}`,
        );
      },
    };
  }
  const form = { ...flags, output: flags.output ?? '' };
  checkPlaintext(form, passphrase);
  return {
    targetPath: form.output,
    overwrite: flags.overwrite ?? false,
    encryption: () => encryptionOf(invocation, form, passphrase),
    ...archiveForm(form),
  };
}

function newPassphrase({ newPassphraseFile, newPassphraseCommand }: CopyFlags): NewPassphrase {
  return {
    flags: {
      ...(newPassphraseFile !== undefined && { passphraseFile: newPassphraseFile }),
      ...(newPassphraseCommand !== undefined && { passphraseCommand: newPassphraseCommand }),
    },
    purpose: 'copy',
    sources: '--new-passphrase-file, --new-passphrase-command or PTAR_NEW_PASSPHRASE',
  };
}

const COLUMNS: readonly Column<CopiedSnapshot>[] = [
  { header: 'SNAPSHOT', cell: ({ to }) => to.slice(0, 8) },
  { header: 'COPIED FROM', cell: ({ from }) => from.slice(0, 8) },
  { header: 'ENTRIES', cell: ({ entries }) => formatNumber(entries), align: 'right' },
  { header: 'SIZE', cell: ({ size }) => formatSize(size), align: 'right' },
  { header: 'REDACTED', cell: ({ redacted }) => formatNumber(redacted), align: 'right' },
  { header: 'LEFT OUT', cell: ({ omitted }) => formatNumber(omitted), align: 'right' },
  { header: 'FAILED', cell: ({ failed }) => formatNumber(failed), align: 'right' },
];

/** A copy, and the parity file where there is one. */
type ReportedCopy = CopyResult & { readonly parity?: CreatedParityFile };

async function report({ terminal }: Invocation, result: ReportedCopy, format: OutputFormat): Promise<void> {
  for (const { id, reason } of result.skipped) {
    terminal.warn(`snapshot ${id.slice(0, 8)} was not copied: ${reason}`);
  }
  if (format === 'json' || format === 'yaml') {
    const snapshots = result.snapshots.map(({ damage, ...snapshot }) => ({
      ...snapshot,
      damage: [...damage],
    }));
    const skipped = result.skipped.map((snapshot) => ({ ...snapshot }));
    await printDocument(terminal, { ...result, snapshots, skipped }, format);
    return;
  }
  for await (const line of tableLines(COLUMNS, result.snapshots)) await terminal.resultLine(line);
  const sealed = result.encrypted ? 'encrypted' : 'not encrypted';
  terminal.note(`wrote ${result.archivePath}: ${formatSize(result.size)}, ${sealed}`);
  if (result.parity !== undefined) terminal.note(parityNote(result.parity));
}
