import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { ObjectTransform, PlanSelection } from '../operations/plan/restore-events.ts';
import type { SnapshotReader } from '../format/index.ts';
import type { Requirement } from '../operations/transfer/requirements.ts';
import { addClusterAccessOptions, clusterAccess, type ClusterAccessFlags } from './cluster-access.ts';
import { printDocument } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addMapOption, mappingOf, type MapFlags } from './map-option.ts';
import { withSnapshot } from './opened-archive.ts';
import {
  addAllNamespacesOption,
  addArchiveOptions,
  addExamples,
  addNamespaceOption,
  addOutputOption,
  type ArchiveFlags,
  type OutputFormat,
  prose,
} from './options.ts';
import { formatCount } from '../operations/quantities.ts';
import { isCluster, restoreRequest } from './restore-request.ts';
import { tableLines, type Column } from './table.ts';

interface PreflightFlags extends ArchiveFlags, ClusterAccessFlags, MapFlags {
  readonly to?: string;
  readonly namespace?: string;
  readonly output: OutputFormat;
}

/** `ptar preflight`: whether a cluster has what objects need. */
export function addPreflightCommand(program: Command, run: RunAction): void {
  const command = program
    .command('preflight')
    .summary('see whether a cluster has what objects need')
    .description(
      prose(`Compare what the objects of a snapshot, or of WHAT, need with what TARGET has: API versions and definitions, namespaces, storage,
ingress, priority and other classes, CSI drivers, the objects that they name, images. Nothing is written; listing and reading are all it asks for.

missing: what needs it cannot be restored, or will not run. comes along: it is restored too. convertible: the target has another version that
takes the same object. unknown: nobody can tell. The table leaves out what is in order; -o wide and -o json show everything.

Exit code 1 where something is missing.`),
    )
    .argument('<FILE>', 'the archive, or ARCHIVE:PATH')
    .argument(
      '[WHAT...]',
      'kinds, KIND/NAME, NAMESPACE/KIND/NAME or paths, and TARGET last; everything without WHAT',
    )
    .option('--to <TARGET>', 'the cluster: k8s://[CONTEXT]');
  addNamespaceOption(command, 'only objects of this namespace');
  addMapOption(command, 'as they will be after this mapping');
  addClusterAccessOptions(command);
  addOutputOption(command, ['table', 'wide', 'json', 'yaml']);
  addAllNamespacesOption(command, 'all namespaces (the default)');
  addArchiveOptions(command);
  addExamples(command, [
    ['Before the namespace shop moves to another cluster', 'ptar preflight prod.ptar -n shop k8s://staging'],
    [
      'With other names and classes there',
      'ptar preflight prod.ptar -n shop --map staging.yaml --to k8s://staging',
    ],
    [
      'What a script has to create first',
      'ptar preflight prod.ptar k8s://new -o json | jq \'.requirements[] | select(.state == "missing")\'',
    ],
  ]);
  command.action((address: string, rest: string[], flags: PreflightFlags) =>
    run((invocation) => runPreflight(invocation, address, rest, flags)),
  );
}

async function runPreflight(
  invocation: Invocation,
  address: string,
  rest: readonly string[],
  flags: PreflightFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { file, selections, target } = await restoreRequest(address, rest, flags.to);
  if (!isCluster(target)) {
    throw new UsageError(`${target} is no cluster; name one last, or with --to: k8s://[CONTEXT]`);
  }
  const access = clusterAccess(flags);
  const mapping = await mappingOf(flags);
  const selection: PlanSelection = {
    selections,
    ...(flags.namespace !== undefined && { namespace: flags.namespace }),
  };
  return withSnapshot(invocation, file, flags, async (snapshot) => {
    const { preflight, isObstructed } = await import('../operations/transfer/preflight.ts');
    const transform = mapping && (await transformFor(snapshot, selection, mapping, signal));
    const result = await preflight({
      snapshot,
      selection,
      target,
      access,
      ...(transform && { transform }),
      signal,
    });
    for (const { path, problem } of result.problems) terminal.warn(`${path}: ${problem}`);
    if (flags.output === 'json' || flags.output === 'yaml') {
      await printDocument(terminal, result, flags.output);
    } else {
      const isWide = flags.output === 'wide';
      const shown = result.requirements.filter((one) => isWide || isWorthShowing(one));
      for await (const line of tableLines(COLUMNS, shown)) await terminal.resultLine(line);
      const missing = result.requirements.filter(({ state }) => state === 'missing').length;
      const summary = missing === 0 ? 'nothing is missing' : `${formatCount(missing, 'thing')} missing`;
      terminal.note(`${formatCount(result.objects, 'object')} for ${result.target}: ${summary}`);
    }
    if (isObstructed(result)) return EXIT.differs;
    return result.problems.length > 0 ? EXIT.partial : EXIT.done;
  });
}

async function transformFor(
  snapshot: SnapshotReader,
  selection: PlanSelection,
  mapping: NonNullable<Awaited<ReturnType<typeof mappingOf>>>,
  signal: AbortSignal,
): Promise<ObjectTransform> {
  const { mappingTransformOf } = await import('../operations/transfer/mapping-transform.ts');
  return mappingTransformOf(snapshot, selection, mapping, signal);
}

/** What a person has to look at or decide. */
function isWorthShowing({ kind, state, detail }: Requirement): boolean {
  return (
    state === 'missing' ||
    state === 'unknown' ||
    state === 'convertible' ||
    (kind === 'server' && detail !== '')
  );
}

const COLUMNS: readonly Column<Requirement>[] = [
  { header: 'STATE', cell: ({ state }) => state },
  { header: 'KIND', cell: ({ kind }) => kind },
  { header: 'NAME', cell: ({ name }) => name },
  { header: 'NEEDED BY', cell: neededBy },
  { header: 'DETAIL', cell: ({ detail }) => detail },
];

function neededBy({ neededBy: names, count }: Requirement): string {
  const [first = ''] = names;
  return count > 1 ? `${first} and ${count - 1} more` : first;
}
