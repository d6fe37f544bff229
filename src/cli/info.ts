import type { Command } from 'commander';
import {
  dateFromTimestamp,
  formatTimestamp,
  type ArchiveReader,
  type SnapshotReader,
} from '../format/index.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import { addExamples, addOutputOption, addPassphraseOptions, type OutputFormat } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';
import { printable } from '../operations/printable.ts';
import { formatNumber, formatSize, formatTime } from '../operations/quantities.ts';
import { tableLines, type Column } from './table.ts';

interface InfoFlags extends PassphraseFlags {
  readonly output: OutputFormat;
}

/** `ptar info`: what an archive is and which snapshots it holds. */
export function addInfoCommand(program: Command, run: RunAction): void {
  const command = program
    .command('info')
    .summary('show what an archive is and its snapshots')
    .description(
      'Show how an archive is made and which snapshots it holds; INDEX and ID are what --snapshot takes.',
    )
    .argument('<FILE>', 'the archive');
  addOutputOption(command, ['table', 'wide', 'json', 'yaml']);
  addPassphraseOptions(command);
  addExamples(command, [
    ['The snapshots', 'ptar info prod.ptar'],
    ['With everything that was recorded, items that failed included', 'ptar info prod.ptar -o yaml'],
  ]);
  command.action((file: string, flags: InfoFlags) => run((invocation) => info(invocation, file, flags)));
}

interface Row {
  readonly index: number;
  readonly snapshot: SnapshotReader;
  readonly date: Date;
}

const COLUMNS: readonly Column<Row>[] = [
  { header: 'INDEX', cell: ({ index }) => String(index), align: 'right' },
  { header: 'ID', cell: ({ snapshot }) => snapshot.id.slice(0, 8) },
  { header: 'CAPTURED', cell: ({ date }) => formatTime(date) },
  { header: 'TYPE', cell: ({ snapshot }) => snapshot.source.importer.type },
  { header: 'NAME', cell: ({ snapshot }) => snapshot.header.name || '-' },
  { header: 'ORIGIN', cell: ({ snapshot }) => snapshot.source.importer.origin || '-' },
  { header: 'FILES', cell: ({ snapshot }) => formatNumber(filesOf(snapshot)), align: 'right' },
  { header: 'SIZE', cell: ({ snapshot }) => formatSize(snapshot.source.summary.below.size), align: 'right' },
  { header: 'FAILED', cell: ({ snapshot }) => formatNumber(failedOf(snapshot)), align: 'right' },
  { header: 'FOLDER', cell: ({ snapshot }) => snapshot.source.importer.directory, wide: true },
  { header: 'TAGS', cell: ({ snapshot }) => (snapshot.header.tags ?? []).join(',') || '-', wide: true },
  { header: 'FULL ID', cell: ({ snapshot }) => snapshot.id, wide: true },
];

async function info(invocation: Invocation, file: string, flags: InfoFlags): Promise<ExitCode> {
  const { terminal } = invocation;
  return withArchive(invocation, file, flags, async (archive) => {
    const snapshots = await archive.snapshots();
    if (flags.output === 'json' || flags.output === 'yaml') {
      const items: object[] = [];
      for (const snapshot of snapshots) items.push(await snapshotDocument(snapshot));
      await printDocument(terminal, { ...archiveDocument(archive), snapshots: items }, flags.output);
      return EXIT.done;
    }
    for (const [label, value] of archiveFacts(archive, dateFromTimestamp(archive.configuration.timestamp))) {
      await terminal.resultLine(`${terminal.paint(`${label}:`.padEnd(13), 'bold')}${printable(value)}`);
    }
    await terminal.resultLine('');
    const rows = snapshots.map((snapshot, index) => ({
      index: index + 1,
      snapshot,
      date: dateFromTimestamp(snapshot.header.timestamp),
    }));
    const columns = COLUMNS.filter((column) => flags.output === 'wide' || column.wide !== true);
    for await (const line of tableLines(columns, rows)) await terminal.resultLine(line);
    return EXIT.done;
  });
}

function archiveFacts(archive: ArchiveReader, created: Date): readonly (readonly [string, string])[] {
  const { configuration } = archive;
  const { encryption } = configuration;
  const sealing =
    encryption === undefined ? 'none' : `${encryption.dataAlgorithm}, key by ${encryption.kdfParams.kdf}`;
  return [
    ['Archive', archive.name],
    ['Size', formatSize(archive.size)],
    ['Created', formatTime(created)],
    ['Repository', archive.repositoryId],
    ['Encryption', sealing],
    ['Compression', configuration.compression?.algorithm ?? 'none'],
    ['Hashing', configuration.hashing.algorithm],
  ];
}

function archiveDocument(archive: ArchiveReader): object {
  const { configuration } = archive;
  const { size, blobs } = archive.statistics();
  return {
    archive: archive.name,
    size,
    repositoryId: archive.repositoryId,
    encrypted: archive.encrypted,
    kdf: configuration.encryption?.kdfParams.kdf,
    compression: configuration.compression?.algorithm ?? 'none',
    hashing: configuration.hashing.algorithm,
    blobs: Object.fromEntries([...blobs].map(([name, sum]) => [name, { ...sum }])),
  };
}

async function snapshotDocument(snapshot: SnapshotReader): Promise<object> {
  const { header, source } = snapshot;
  const failures: object[] = [];
  for await (const { path, error } of snapshot.errors()) failures.push({ path, reason: error });
  return {
    id: snapshot.id,
    captured: formatTimestamp(header.timestamp),
    name: header.name,
    tags: header.tags ?? [],
    source: { ...source.importer },
    context: pairs([...(header.context ?? []), ...(source.context ?? [])]),
    files: filesOf(snapshot),
    size: source.summary.below.size,
    failures,
  };
}

function pairs(context: readonly { readonly key: string; readonly value: string }[]): object {
  return Object.fromEntries(context.map(({ key, value }) => [key, value]));
}

function filesOf({ source }: SnapshotReader): number {
  return source.summary.directory.files + source.summary.below.files;
}

function failedOf({ source }: SnapshotReader): number {
  return source.summary.directory.errors + source.summary.below.errors;
}
