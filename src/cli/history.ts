import { Option, type Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { ArchiveReader } from '../format/index.ts';
import type { HistoryEntry, HistoryGap } from '../operations/history.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import { addExamples, addNamespaceOption, addPassphraseOptions, prose } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';

interface HistoryFlags extends PassphraseFlags {
  readonly namespace?: string;
  readonly output: 'text' | 'json';
}

const WORDS = { added: 'is there', removed: 'is gone', changed: 'changed' } as const;

/** `ptar history`: what became of an object over the snapshots of archives. */
export function addHistoryCommand(program: Command, run: RunAction): void {
  const command = program
    .command('history')
    .summary('show what became of an object')
    .description(
      prose(`Print, over all snapshots of one or several archives in the order of their time, when an object was there first, what changed
in it and which field managers did that, and when it was gone. A snapshot that could not have it, because its kind
was not captured, failed or was forbidden, is told as a gap. Exit code 1 where no snapshot has it.

With -o json: a list of entries: captured, snapshot, archive, change (added, changed, removed, gap), apiVersion, kind, namespace, name,
managers, changed (fields), patch (a JSON Patch; not for Secrets), reason (of a gap).`),
    )
    .argument('<FILE>', 'an archive, or a folder of archives; several may be named')
    .argument('<WHAT...>', 'KIND/NAME, NAMESPACE/KIND/NAME, or KIND for all of them')
    .usage('[options] <FILE...> <WHAT>');
  addNamespaceOption(command, 'the namespace of the objects').addOption(
    new Option('-o, --output <FORMAT>', 'how to print').choices(['text', 'json']).default('text'),
  );
  addPassphraseOptions(command);
  addExamples(command, [
    ['A Deployment', 'ptar history prod.ptar shop/deploy/web'],
    ['Over the archives of a folder, for programs', 'ptar history archives/ shop/deploy/web -o json'],
  ]);
  command.action((file: string, words: string[], flags: HistoryFlags) =>
    run((invocation) => history(invocation, [file, ...words], flags)),
  );
}

async function history(
  invocation: Invocation,
  words: readonly string[],
  flags: HistoryFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const [{ snapshotState, statesHistory }, { checkKinds }, { archivePaths }, { objectQueryOf }] =
    await Promise.all([
      import('../operations/history.ts'),
      import('../operations/selected-objects.ts'),
      import('../operations/archive-paths.ts'),
      import('../operations/selection.ts'),
    ]);
  const what = words.at(-1) ?? '';
  if (what.endsWith('.ptar')) {
    throw new UsageError(`${what} is an archive; name the object after it, as shop/deploy/web`);
  }
  const queries = [objectQueryOf(what, flags.namespace === undefined ? {} : { namespace: flags.namespace })];
  const files = await archivePaths(words.slice(0, -1));
  return withArchives(invocation, files, flags, async (archives) => {
    const snapshots = await Promise.all(
      archives.map(async ({ file, archive }) =>
        (await archive.snapshots()).map((snapshot) => ({ file, snapshot })),
      ),
    );
    const all = snapshots.flat();
    await checkKinds(
      all.map(({ snapshot }) => snapshot),
      queries,
      signal,
    );
    const states = all.map(({ file, snapshot }) => snapshotState(snapshot, file));
    const print = await printer(invocation, flags, files.length > 1);
    let found = 0;
    let problems = 0;
    for await (const entry of statesHistory(states, { queries, signal })) {
      if ('problem' in entry) {
        problems += 1;
        terminal.warn(`${entry.path}: ${entry.problem}`);
        continue;
      }
      await print.entry(entry);
      found += 1;
    }
    await print.end(found);
    if (problems > 0) return EXIT.partial;
    return found === 0 ? EXIT.differs : EXIT.done;
  });
}

/** All archives stay open: their snapshots may lie between each other in time. */
async function withArchives<Result>(
  invocation: Invocation,
  files: readonly string[],
  flags: HistoryFlags,
  use: (archives: readonly { readonly file: string; readonly archive: ArchiveReader }[]) => Promise<Result>,
): Promise<Result> {
  const opened: { file: string; archive: ArchiveReader }[] = [];
  const withRest = async ([file, ...rest]: readonly string[]): Promise<Result> => {
    if (file === undefined) return use(opened);
    return withArchive(invocation, file, flags, async (archive) => {
      opened.push({ file, archive });
      return withRest(rest);
    });
  };
  return withRest(files);
}

interface Printer {
  entry(entry: HistoryEntry | HistoryGap): Promise<void>;
  end(count: number): Promise<void>;
}

async function printer({ terminal }: Invocation, flags: HistoryFlags, hasSeveral: boolean): Promise<Printer> {
  const [{ changeLines }, { pathOf, apiVersionOf }, { stringifyJson }, { jsonFrom }] = await Promise.all([
    import('../operations/change-lines.ts'),
    import('../resources/object-path.ts'),
    import('../resources/json-text.ts'),
    import('../resources/json-value.ts'),
  ]);
  if (flags.output === 'text') {
    return {
      async entry(entry) {
        const { capturedMs, snapshotId, state } = entry;
        const identity = 'gap' in entry ? entry.identity : entry.change.identity;
        const what = 'gap' in entry ? `is not known: ${entry.gap}` : WORDS[entry.change.change];
        const managers = 'gap' in entry ? [] : entry.managers;
        const who = managers.length === 0 ? '' : `   by ${managers.join(', ')}`;
        const where = hasSeveral ? `${state}@` : '';
        const when = `${new Date(capturedMs).toISOString()}  ${where}${snapshotId.slice(0, 8)}`;
        await terminal.resultName(`${when}  ${pathOf(identity)} ${what}${who}`);
        if ('gap' in entry) return;
        for (const line of changeLines(entry.change.changes)) await terminal.resultLine(`    ${line}`);
      },
      end: () => Promise.resolve(),
    };
  }
  let count = 0;
  return {
    async entry(entry) {
      const { identity, change, changes, patch, isHidden } =
        'gap' in entry
          ? { identity: entry.identity, change: 'gap', changes: [], patch: [], isHidden: false }
          : entry.change;
      const isChange = change === 'changed';
      const document = jsonFrom({
        captured: new Date(entry.capturedMs).toISOString(),
        snapshot: entry.snapshotId,
        archive: entry.state,
        change,
        apiVersion: apiVersionOf(identity),
        kind: identity.kind,
        namespace: identity.namespace,
        name: identity.name,
        managers: 'gap' in entry ? undefined : entry.managers,
        changed: isChange ? changes.map(({ label }) => label) : undefined,
        patch: isChange && !isHidden ? patch : undefined,
        reason: 'gap' in entry ? entry.gap : undefined,
      });
      const text = stringifyJson(document, 2).replace(/^/gm, '  ');
      await terminal.result(`${count === 0 ? '[' : ','}\n${text}`);
      count += 1;
    },
    end: (found) => terminal.result(found === 0 ? '[]\n' : '\n]\n'),
  };
}
