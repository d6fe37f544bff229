import type { Command } from 'commander';
import { exportAndReport } from './export-report.ts';
import type { RunAction } from './invocation.ts';
import {
  addArchiveOptions,
  addExamples,
  addNamespaceOption,
  addOutputOption,
  type ArchiveFlags,
  type OutputFormat,
  prose,
} from './options.ts';

interface ExtractFlags extends ArchiveFlags {
  readonly to: string;
  readonly namespace?: string;
  readonly overwrite?: boolean;
  readonly preserveOwner?: boolean;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
  readonly quiet?: boolean;
}

/** `ptar extract`: writes files of a snapshot to a folder. */
export function addExtractCommand(program: Command, run: RunAction): void {
  const command = program
    .command('extract')
    .summary('write objects or files to a folder')
    .description(
      prose(`Write what is selected below a folder, each under its whole path, with modes and times. Nothing is written outside the folder,
whatever the archive says; files that exist are kept. Without WHAT: everything, or everything of the namespace.

Files belong to whoever extracts; setuid and setgid are set only with --preserve-owner. Names that this system cannot hold are
escaped as %HH, and said. Devices, pipes and sockets are skipped. Secrets are written as they are.`),
    )
    .argument('<FILE>', 'the archive')
    .argument('[WHAT...]', 'kinds, KIND/NAME, NAMESPACE/KIND/NAME or paths')
    .requiredOption('--to <FOLDER>', 'where to; made if it does not exist');
  addNamespaceOption(command, 'only objects of this namespace')
    .option('--overwrite', 'replace files that exist')
    .option('--preserve-owner', 'give files their owner and group, by number; needs root')
    .option('--dry-run', 'write nothing, say what would happen')
    .option('-q, --quiet', 'no progress');
  addOutputOption(command, ['table', 'json', 'yaml', 'name']);
  addArchiveOptions(command);
  addExamples(command, [
    ['A namespace', 'ptar extract prod.ptar -n shop --to ./shop'],
    ['One object as of an older capture', 'ptar extract prod.ptar shop/deploy/web --snapshot 3 --to .'],
    [
      'A captured folder, with its owners',
      'sudo ptar extract etc.ptar /etc --preserve-owner --to /mnt/rescue',
    ],
  ]);
  command.action((file: string, what: string[], flags: ExtractFlags) =>
    run((invocation) =>
      exportAndReport(invocation, {
        file,
        flags,
        selections: what,
        target: `fs:${flags.to}`,
        exporter: {
          filesystem: { overwrite: flags.overwrite ?? false, preserveOwner: flags.preserveOwner ?? false },
        },
        dryRun: flags.dryRun ?? false,
        verbs: { done: 'extracted', would: 'would extract' },
        listsAll: false,
      }),
    ),
  );
}
