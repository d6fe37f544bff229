import { type Command } from 'commander';
import { KeyError, UsageError } from '../errors.ts';
import type { ResumeRequest } from '../operations/plan/restore-events.ts';
import type { RememberedRestore } from '../operations/plan/undo.ts';
import type { ApplyFlags } from './apply.ts';
import { reportApply } from './apply-report.ts';
import { addClusterAccessOptions, clusterAccess } from './cluster-access.ts';
import { confirm } from './confirmation.ts';
import { printList } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addExamples, addOutputOption, addPassphraseOptions, prose } from './options.ts';
import { PASSPHRASE_SOURCES, readPassphrase } from './passphrase.ts';
import { addReportOption, checkReport } from './report-option.ts';
import { tableLines, type Column } from './table.ts';

interface UndoFlags extends ApplyFlags {
  readonly list?: boolean;
  readonly force?: boolean;
}

const COLUMNS: readonly Column<RememberedRestore>[] = [
  { header: 'RESTORE', cell: ({ restoreId }) => restoreId },
  { header: 'STATE', cell: ({ state }) => state },
  { header: 'WRITTEN', cell: ({ written }) => String(written), align: 'right' },
  { header: 'CLUSTER', cell: ({ server }) => server },
  { header: 'ARCHIVE', cell: ({ archive }) => archive },
];

/** `ptar undo`: takes a restore back. */
export function addUndoCommand(program: Command, run: RunAction): void {
  const command = program
    .command('undo')
    .summary('take a restore back: the last one, or the one that is named')
    .description(
      prose(`Bring back the state before a restore, whether it ended or was interrupted: what it created is deleted, what it changed is put
back, what it deleted is created again (with a new uid, and said so). What others have changed since stays, unless --force.`),
    )
    .argument('[RESTORE]', 'its id, as ptar restore says it; the last one where none is named')
    .option('--list', 'list the restores that can be taken back')
    .option('--force', 'also what was changed after the restore')
    .option('-y, --yes', 'do not ask')
    .option('-q, --quiet', 'no progress');
  addRememberedOptions(command);
  addExamples(command, [
    ['Take the last restore back', 'ptar undo'],
    ['Take this one back, whatever happened since', 'ptar undo 20261121T173404.250Z-3f9a1c --force'],
    ['Which restores are there?', 'ptar undo --list'],
  ]);
  command.action((restoreId: string | undefined, flags: UndoFlags) =>
    run(async (invocation) => {
      await checkReport(flags);
      const { rememberedRestores, undoRestore } = await import('../operations/plan/undo.ts');
      const restores = await rememberedRestores();
      if (flags.list === true) return listRestores(invocation, restores, flags);
      const meant = chosen(restores, restoreId);
      await confirm(invocation.terminal, invocation.signal, {
        question: `Take back restore ${meant.restoreId}, which wrote ${meant.written} objects to ${meant.server}?`,
        isGiven: flags.yes ?? false,
        isDestructive: true,
      });
      const request = { ...rememberedRequest(invocation, flags, meant), force: flags.force ?? false };
      const target = meant.server;
      return reportApply(invocation, undoRestore(request), { ...flags, action: 'undo', target });
    }),
  );
}

/** `ptar resume`: goes on with a restore. */
export function addResumeCommand(program: Command, run: RunAction): void {
  const command = program
    .command('resume')
    .summary('go on with a restore that was interrupted')
    .description(
      prose(
        `Go on with a restore that was cancelled or killed: what is done stays, what was begun is looked at, the rest follows.`,
      ),
    )
    .argument('[RESTORE]', 'its id; the last one where none is named')
    .option('-q, --quiet', 'no progress');
  addRememberedOptions(command);
  addExamples(command, [
    ['Go on with the last restore', 'ptar resume'],
    ['Go on with this one', 'ptar resume 20261121T173404.250Z-3f9a1c'],
  ]);
  command.action((restoreId: string | undefined, flags: ApplyFlags) =>
    run(async (invocation) => {
      await checkReport(flags);
      const [{ rememberedRestores }, { resumeRestore }] = await Promise.all([
        import('../operations/plan/undo.ts'),
        import('../operations/plan/resume.ts'),
      ]);
      const meant = chosen(await rememberedRestores(), restoreId);
      const events = resumeRestore(rememberedRequest(invocation, flags, meant));
      return reportApply(invocation, events, { ...flags, action: 'restore', target: meant.server });
    }),
  );
}

function addRememberedOptions(command: Command): void {
  addReportOption(command);
  addClusterAccessOptions(command);
  addOutputOption(command, ['table', 'json', 'yaml', 'name']);
  addPassphraseOptions(command);
}

function chosen(restores: readonly RememberedRestore[], restoreId: string | undefined): RememberedRestore {
  const found =
    restoreId === undefined ? restores.at(-1) : restores.find((restore) => restore.restoreId === restoreId);
  if (found !== undefined) return found;
  throw new UsageError(
    restoreId === undefined
      ? 'no restore is remembered on this machine'
      : `no restore ${restoreId} is remembered; see ptar undo --list`,
  );
}

function rememberedRequest(
  { terminal, signal }: Invocation,
  flags: ApplyFlags,
  { restoreId, archive }: RememberedRestore,
): ResumeRequest {
  const passphrase = async (): Promise<Uint8Array> => {
    const read = await readPassphrase(terminal, flags, 'open', signal);
    if (read !== undefined) return read;
    throw new KeyError(
      'KEY_MISSING',
      `the undo archive has the passphrase of ${archive}; give it with ${PASSPHRASE_SOURCES}`,
    );
  };
  return { restoreId, access: clusterAccess(flags), passphrase, signal };
}

async function listRestores(
  { terminal }: Invocation,
  restores: readonly RememberedRestore[],
  { output }: UndoFlags,
): Promise<ExitCode> {
  if (output === 'json' || output === 'yaml') await printList(terminal, restores, output);
  else if (output === 'name') for (const { restoreId } of restores) await terminal.resultName(restoreId);
  else for await (const line of tableLines(COLUMNS, restores)) await terminal.resultLine(line);
  return EXIT.done;
}
