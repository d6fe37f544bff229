import { type Command, Option } from 'commander';
import type { ObjectChange } from '../operations/diff-objects.ts';
import type { DiffSide } from '../operations/diff-side.ts';
import type { ObjectQuery } from '../operations/object-catalogue.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addExamples, addNamespaceOption, addPassphraseOptions, appendList, prose } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';

interface DiffFlags extends PassphraseFlags {
  readonly output: 'text' | 'table' | 'json' | 'yaml' | 'patch' | 'html' | 'name';
  readonly paths?: boolean;
  readonly path?: string;
  readonly namespace?: string;
  readonly object?: readonly string[];
  readonly detail?: boolean;
  readonly allFields?: boolean;
  readonly allObjects?: boolean;
  readonly kubeconfig?: string;
  readonly quiet?: boolean;
}

/** `ptar diff`: what changed between two states of a cluster, as Kubernetes understands it. */
export function addDiffCommand(program: Command, run: RunAction): void {
  const command = program
    .command('diff')
    .summary('compare two states of a cluster')
    .description(
      prose(`Compare objects: two snapshots of one archive (FILE [OLD] [NEW]), or any two of FILE, FILE@SNAPSHOT, manifests:PATH and
k8s://[CONTEXT]. Objects are matched by group, kind, namespace and name. Elements of lists are matched by their keys, sets have no order,
quantities are amounts. What the cluster writes by itself is left out, and so are objects that controllers make and renew. Values of
Secrets are never shown. Exit code 1 where something differs, 0 where nothing does, 2 and above where that cannot be said.

With -o json: a list of objects: change (added, removed, changed), apiVersion, kind, namespace, name, madeByController (why it says nothing
of what people did), notCaptured (why one side does not know it), changed (fields), patch (a JSON Patch for the older object; not for Secrets).`),
    )
    .argument('<FILE>', 'an archive, FILE@SNAPSHOT, a folder of manifests or k8s://[CONTEXT]')
    .argument('[OLD]', 'a snapshot as --snapshot takes it, or what to compare with (default: latest~1)')
    .argument('[NEW]', 'a snapshot of FILE (default: latest)')
    .option('--detail', 'print what changed in every object')
    .option('--object <WHAT>', 'only these, with detail: KIND, KIND/NAME, NAMESPACE/KIND/NAME', appendList);
  addNamespaceOption(command, 'only objects of this namespace; _ for those of none')
    .option('--all-fields', 'with status, managedFields and whatever else the cluster writes')
    .option('--all-objects', 'with what controllers make: Events, Leases, Pods of Deployments, …')
    .option('--paths', 'compare paths and bytes of two snapshots of FILE instead')
    .option('--path <PATH>', 'with --paths: only what is at and below PATH')
    .option('--kubeconfig <FILE>', 'as kubectl has it; default: KUBECONFIG, then ~/.kube/config')
    .addOption(
      new Option(
        '-o, --output <FORMAT>',
        'how to print; json holds a JSON Patch per object, patch is unified YAML, html one page for a browser',
      )
        .choices(['text', 'json', 'patch', 'html', 'name', 'table', 'yaml'])
        .default('text'),
    )
    .option('-q, --quiet', 'print nothing; the exit code says it');
  addPassphraseOptions(command);
  addExamples(command, [
    ['What changed between the last two captures', 'ptar diff prod.ptar'],
    ['In one Deployment, since the first capture', 'ptar diff prod.ptar 1 latest --object shop/deploy/web'],
    [
      'What the cluster has that the archive has not, and the other way round',
      'ptar diff prod.ptar k8s://prod',
    ],
    [
      'How manifests differ from a capture, as a patch',
      'ptar diff prod.ptar@latest manifests:deploy/ -o patch',
    ],
  ]);
  command.action((file: string, older: string | undefined, newer: string | undefined, flags: DiffFlags) =>
    run((invocation) => diff(invocation, [file, older, newer], flags)),
  );
}

async function diff(
  invocation: Invocation,
  [file, older, newer]: readonly [string, string | undefined, string | undefined],
  flags: DiffFlags,
): Promise<ExitCode> {
  if (flags.paths === true || flags.path !== undefined || ['table', 'yaml'].includes(flags.output)) {
    const { diffPaths } = await import('./diff-paths.ts');
    return diffPaths(invocation, file, [older ?? 'latest~1', newer ?? 'latest'], flags);
  }
  const { diffArguments, withSides } = await import('./diff-argument.ts');
  const words = [file, older, newer].filter((word) => word !== undefined);
  const sides = diffArguments(words);
  const [first, second] = sides;
  const isOneArchive = 'archive' in first && 'archive' in second && first.archive === second.archive;
  const exitCode = await withSides(invocation, sides, flags, async (before, after) => {
    // Snapshots of folders hold no objects that could be compared.
    if (isOneArchive && !(await before.hasObjects()) && !(await after.hasObjects())) return undefined;
    return diffSides(invocation, [before, after], flags);
  });
  if (exitCode !== undefined || !isOneArchive) return exitCode ?? EXIT.done;
  const { diffPaths } = await import('./diff-paths.ts');
  return diffPaths(invocation, first.archive, [first.snapshot, second.snapshot], flags);
}

/** What a summary of differences leaves out. */
function restText({ collapsed, gaps }: { readonly collapsed: number; readonly gaps: number }): string {
  const parts = [
    ...(collapsed === 0 ? [] : [`${collapsed} made by controllers`]),
    ...(gaps === 0 ? [] : [`${gaps} not captured on one side`]),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(', ')}, see --all-objects`;
}

/** @throws UsageError */
async function queriesOf(flags: DiffFlags, sides: readonly DiffSide[]): Promise<readonly ObjectQuery[]> {
  const { objectQueryOf } = await import('../operations/selection.ts');
  const scope = flags.namespace === undefined ? {} : { namespace: flags.namespace };
  const queries = (flags.object ?? []).map((selection) => objectQueryOf(selection, scope));
  if (queries.length === 0) return flags.namespace === undefined ? [] : [scope];
  return Promise.all(queries.map((query) => exactKind(query, sides)));
}

/** The query with a kind that is known without its definition: the short names of custom kinds are in those. */
async function exactKind(query: ObjectQuery, sides: readonly DiffSide[]): Promise<ObjectQuery> {
  if (query.kind === undefined) return query;
  for (const side of sides) {
    const found = await side.kindNamed?.(query.kind);
    if (found !== undefined) {
      const suffix = found.group === '' ? '' : `.${found.group}`;
      return { ...query, kind: `${found.kind.toLowerCase()}${suffix}` };
    }
  }
  return query;
}

async function diffSides(
  { terminal, signal }: Invocation,
  [before, after]: readonly [DiffSide, DiffSide],
  flags: DiffFlags,
): Promise<ExitCode> {
  const [{ diffObjects }, { objectFilter }, { DiffSummary, countsText }, forms] = await Promise.all([
    import('../operations/diff-objects.ts'),
    import('../operations/diff-selection.ts'),
    import('./diff-summary.ts'),
    import('./diff-forms.ts'),
  ]);
  const { output } = flags;
  const isSelected = objectFilter(await queriesOf(flags, [before, after]));
  const summary = new DiffSummary(output === 'text' && (flags.detail === true || flags.object !== undefined));
  const page =
    output === 'html' && flags.quiet !== true ? new (await import('./diff-html.ts')).HtmlReport() : undefined;
  let problems = 0;
  let printed = 0;
  const print = async (change: ObjectChange): Promise<void> => {
    summary.add(change);
    if (flags.quiet === true) return;
    await page?.add(change);
    if (output === 'name') await terminal.resultName(forms.changePath(change));
    else if (output === 'patch') await terminal.result(forms.changeUnified(change));
    else if (output === 'json') {
      await terminal.result(`${printed === 0 ? '[' : ','}\n${forms.changeJson(change)}`);
    }
    printed += 1;
  };
  const options = { allFields: flags.allFields === true, isSelected, signal };
  try {
    for await (const change of diffObjects(before, after, options)) {
      if ('problem' in change) {
        problems += 1;
        terminal.warn(`${change.path}: ${change.problem}`);
      } else if (change.churn !== undefined && flags.allObjects !== true && flags.object === undefined) {
        summary.collapse(change);
      } else await print(change);
    }
    const title = `ptar diff ${before.name} ${after.name}`;
    for await (const piece of page?.pages(title, restText(summary)) ?? []) await terminal.result(piece);
  } finally {
    await page?.close();
  }
  if (flags.quiet !== true) {
    if (output === 'json') await terminal.result(printed === 0 ? '[]\n' : '\n]\n');
    else if (output === 'text') {
      await summary.print(terminal);
      terminal.note(`${countsText(summary.counts)}${restText(summary)}`);
    }
  }
  if (problems > 0) return EXIT.partial;
  const { added, removed, changed } = summary.counts;
  return added + removed + changed === 0 ? EXIT.done : EXIT.differs;
}
