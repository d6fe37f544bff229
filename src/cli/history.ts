import type { Command } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import { addExamples, addNamespaceOption, addPassphraseOptions, prose } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';

interface HistoryFlags extends PassphraseFlags {
  readonly namespace?: string;
}

const WORDS = { added: 'is there', removed: 'is gone', changed: 'changed' } as const;

/** `ptar history`: what became of an object over the snapshots of an archive. */
export function addHistoryCommand(program: Command, run: RunAction): void {
  const command = program
    .command('history')
    .summary('show what became of an object')
    .description(
      prose(`Print, over all snapshots of an archive, when an object was there first, what changed in it and which field managers wrote
since the snapshot before, and when it was gone. Exit code 1 where no snapshot has it.`),
    )
    .argument('<FILE>', 'the archive')
    .argument('<WHAT>', 'KIND/NAME, NAMESPACE/KIND/NAME, or KIND for all of them');
  addNamespaceOption(command, 'the namespace of the objects');
  addPassphraseOptions(command);
  addExamples(command, [['A Deployment', 'ptar history prod.ptar shop/deploy/web']]);
  command.action((file: string, what: string, flags: HistoryFlags) =>
    run((invocation) => history(invocation, file, what, flags)),
  );
}

async function history(
  invocation: Invocation,
  file: string,
  what: string,
  flags: HistoryFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const [{ objectHistory }, { objectFilter }, { objectQueryOf }, { changeLines, changePath }] =
    await Promise.all([
      import('../operations/history.ts'),
      import('../operations/diff-selection.ts'),
      import('../operations/selection.ts'),
      import('./diff-forms.ts'),
    ]);
  const scope = flags.namespace === undefined ? {} : { namespace: flags.namespace };
  const isSelected = objectFilter([objectQueryOf(what, scope)]);
  let found = 0;
  await withArchive(invocation, file, flags, async (archive) => {
    for await (const entry of objectHistory(await archive.snapshots(), isSelected, signal)) {
      found += 1;
      const { change, capturedMs, snapshotId, managers } = entry;
      const who = managers.length === 0 ? '' : `   by ${managers.join(', ')}`;
      const when = `${new Date(capturedMs).toISOString()}  ${snapshotId.slice(0, 8)}`;
      await terminal.resultName(`${when}  ${changePath(change)} ${WORDS[change.change]}${who}`);
      for (const line of changeLines(change.changes)) await terminal.resultLine(`    ${line}`);
    }
  });
  return found === 0 ? EXIT.differs : EXIT.done;
}
