import { type Command, Option } from 'commander';
import type { CaptureResult } from '../operations/capture.ts';
import type { CreateOptions } from '../format/index.ts';
import { KeyError, UsageError } from '../errors.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import {
  addExamples,
  addOutputOption,
  addPassphraseOptions,
  appendList,
  type OutputFormat,
  prose,
} from './options.ts';
import { PASSPHRASE_SOURCES, readPassphrase, type PassphraseFlags } from './passphrase.ts';
import { ProgressLine } from './progress-line.ts';
import { formatCount, formatSize } from './quantities.ts';
import { tableLines, type Column } from './table.ts';

interface CreateFlags extends PassphraseFlags {
  readonly output: string;
  readonly overwrite?: boolean;
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly plaintext?: boolean;
  readonly compression: keyof typeof COMPRESSIONS;
  readonly hashing: keyof typeof HASHINGS;
  readonly kdf: keyof typeof KDFS;
  readonly format: OutputFormat;
  readonly quiet?: boolean;
  readonly kubeconfig?: string;
  readonly namespace?: readonly string[];
  readonly excludeNamespace?: readonly string[];
  readonly kind?: readonly string[];
  readonly excludeKind?: readonly string[];
  readonly selector?: string;
}

const COMPRESSIONS = { lz4: 'LZ4', gzip: 'GZIP', none: 'none' } as const;
const HASHINGS = { blake3: 'BLAKE3', sha256: 'SHA256' } as const;
const KDFS = { argon2id: 'ARGON2ID', scrypt: 'SCRYPT', pbkdf2: 'PBKDF2' } as const;

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
  PATH                          a folder or file

The archive is encrypted with a passphrase, which comes from --passphrase-file, --passphrase-command, PTAR_PASSPHRASE,
PLAKAR_PASSPHRASE, or is asked for.`),
    )
    .argument('<SOURCE...>', 'what to capture')
    .requiredOption('-o, --output <FILE>', 'the archive to make')
    .option('--overwrite', 'replace FILE if it exists, once the new archive is complete')
    .option('--name <NAME>', 'name of the snapshots')
    .option('--tag <TAGS>', 'tags of the snapshots; several with commas, or given again', appendList)
    .option('--plaintext', 'do not encrypt')
    .addOption(choice('--compression <ALGORITHM>', 'how to compress', COMPRESSIONS, 'lz4'))
    .addOption(choice('--hashing <ALGORITHM>', 'how to hash', HASHINGS, 'blake3'))
    .addOption(choice('--kdf <FUNCTION>', 'how to make a key of the passphrase', KDFS, 'argon2id'));
  addPassphraseOptions(command)
    .optionsGroup('Options for clusters:')
    .option('--kubeconfig <FILE>', 'as kubectl has it; default: KUBECONFIG, then ~/.kube/config')
    .option('-n, --namespace <NAMES>', 'only these namespaces', appendList)
    .option('--exclude-namespace <NAMES>', 'all namespaces but these', appendList)
    .option('--kind <KINDS>', 'only these kinds', appendList)
    .option('--exclude-kind <KINDS>', 'all kinds but these', appendList)
    .option('-l, --selector <LABELS>', 'only objects with these labels')
    .optionsGroup('Options:')
    .option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml'], '--format <FORMAT>');
  addExamples(command, [
    ['The cluster of the current context', 'ptar create -o prod.ptar k8s://'],
    [
      'One namespace of another context, with the passphrase from a password manager',
      `ptar create -o shop.ptar --passphrase-command 'pass show ptar' k8s://prod/shop`,
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

function choice(
  flags: string,
  description: string,
  choices: Readonly<Record<string, string>>,
  standard: string,
): Option {
  return new Option(flags, description).choices(Object.keys(choices)).default(standard);
}

async function create(
  invocation: Invocation,
  sources: readonly string[],
  flags: CreateFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  if (flags.plaintext === true && (flags.passphraseFile ?? flags.passphraseCommand) !== undefined) {
    throw new UsageError('--plaintext makes no use of a passphrase; leave one of the two out');
  }
  const { captureSources } = await import('../operations/capture.ts');
  const progress = new ProgressLine(terminal, { quiet: flags.quiet ?? false });
  try {
    const result = await captureSources({
      sources,
      archivePath: flags.output,
      overwrite: flags.overwrite ?? false,
      encryption: () => encryptionOf(invocation, flags),
      hashing: HASHINGS[flags.hashing],
      compression: COMPRESSIONS[flags.compression],
      ...(flags.name !== undefined && { name: flags.name }),
      tags: flags.tag ?? [],
      importer: { kubernetes: kubernetesOptions(flags, signal) },
      signal,
      onProgress: ({ source, what, done, size }) =>
        progress.update(() => [formatCount(done, 'item'), formatSize(size), source, what]),
    });
    progress.clear();
    await report(invocation, result, flags.format);
    return result.sources.some((source) => source.failed > 0) ? EXIT.partial : EXIT.done;
  } finally {
    progress.clear();
  }
}

async function encryptionOf(
  { terminal, signal }: Invocation,
  flags: CreateFlags,
): Promise<CreateOptions['encryption']> {
  if (flags.plaintext === true) return 'plaintext';
  const passphrase = await readPassphrase(terminal, flags, 'create', signal);
  if (passphrase !== undefined) return { passphrase, kdf: KDFS[flags.kdf] };
  throw new KeyError(
    'KEY_MISSING',
    `no passphrase for ${flags.output}: give one with ${PASSPHRASE_SOURCES}, or use --plaintext`,
  );
}

function kubernetesOptions(flags: CreateFlags, signal: AbortSignal): object {
  return {
    signal,
    ...(flags.kubeconfig !== undefined && { kubeconfig: flags.kubeconfig }),
    ...(flags.namespace && { namespaces: flags.namespace }),
    ...(flags.excludeNamespace && { excludeNamespaces: flags.excludeNamespace }),
    ...(flags.kind && { kinds: flags.kind }),
    ...(flags.excludeKind && { excludeKinds: flags.excludeKind }),
    ...(flags.selector !== undefined && { labelSelector: flags.selector }),
  };
}

type Source = CaptureResult['sources'][number];
const COLUMNS: readonly Column<Source>[] = [
  { header: 'SNAPSHOT', cell: (source) => source.snapshotId.slice(0, 8) },
  { header: 'SOURCE', cell: (source) => source.source },
  { header: 'ENTRIES', cell: (source) => source.entries.toLocaleString('en-US'), align: 'right' },
  { header: 'SIZE', cell: (source) => formatSize(source.size), align: 'right' },
  { header: 'FAILED', cell: (source) => source.failed.toLocaleString('en-US'), align: 'right' },
];

async function report({ terminal }: Invocation, result: CaptureResult, format: OutputFormat): Promise<void> {
  for (const { failures, failed } of result.sources) {
    for (const { path, reason } of failures) terminal.warn(`${path}: ${reason}`);
    if (failed > failures.length) {
      terminal.warn(`and ${formatCount(failed - failures.length, 'more item')} that failed`);
    }
  }
  if (format === 'json' || format === 'yaml') {
    const sources = result.sources.map((source) => ({
      ...source,
      failures: source.failures.map((item) => ({ ...item })),
    }));
    await printDocument(terminal, { ...result, sources }, format);
    return;
  }
  for await (const line of tableLines(COLUMNS, result.sources)) await terminal.resultLine(line);
  const sealed = result.encrypted ? 'encrypted' : 'not encrypted';
  terminal.note(`wrote ${result.archivePath}: ${formatSize(result.size)}, ${sealed}`);
}
