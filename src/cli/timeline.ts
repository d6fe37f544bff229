import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import type { ArchiveReader } from '../format/index.ts';
import type { Timeline } from '../operations/timeline.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import {
  addExamples,
  addNamespaceOption,
  addOutputOption,
  addPassphraseOptions,
  appendList,
  prose,
} from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';

interface TimelineFlags extends PassphraseFlags {
  readonly namespace?: string;
  readonly kind?: readonly string[];
  readonly since?: string;
  readonly warnings?: boolean;
  readonly output: 'table' | 'json' | 'yaml';
}

const SPAN = /^(\d+)([smhd])$/;
const SPAN_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `ptar timeline`: what happened between captures. */
export function addTimelineCommand(program: Command, run: RunAction): void {
  const command = program
    .command('timeline')
    .summary('tell what happened between two captures')
    .description(
      prose(`Print Events, rollouts, restarts of containers, conditions and objects that came, changed or went between two captures, in order of
time. Snapshots between the two make it more exact. What the cluster does not date is said to lie between two captures (..time), and stands
where the later one was made; the time of a change is that of the last write (~time). Clusters forget Events after an hour.`),
    )
    .argument('<FILE>', 'an archive, or FILE@SNAPSHOT')
    .argument(
      '[RANGE]',
      'A..B, or A and B: snapshots as --snapshot takes them, or another archive (default: latest~1..latest)',
    )
    .argument('[NEW]', 'a snapshot of FILE');
  addNamespaceOption(command, 'only objects of this namespace')
    .option('--kind <WHAT>', 'only about these: KIND, KIND/NAME, NAMESPACE/KIND/NAME', appendList)
    .option('--since <WHEN>', 'from then on: 30m, 2h or 1d before the last capture, or 2026-11-21T14:00:00Z')
    .addOption(new Option('--warnings', 'only what is no good news'));
  addOutputOption(command, ['table', 'json', 'yaml']);
  addPassphraseOptions(command);
  addExamples(command, [
    ['Between the last two captures', 'ptar timeline prod.ptar'],
    [
      'The last half hour before a capture, in one namespace',
      'ptar timeline prod.ptar 1..latest -n shop --since 30m',
    ],
    ['From a nightly archive to that of today', 'ptar timeline monday.ptar tuesday.ptar --kind deploy'],
  ]);
  command.action((file: string, range: string | undefined, newer: string | undefined, flags: TimelineFlags) =>
    run((invocation) => showTimeline(invocation, [file, range, newer], flags)),
  );
}

async function showTimeline(
  invocation: Invocation,
  typed: readonly (string | undefined)[],
  flags: TimelineFlags,
): Promise<ExitCode> {
  const { rangeEnds, rangeSnapshots } = await import('./timeline-range.ts');
  const ends = rangeEnds(typed.filter((word) => word !== undefined));
  const since = parseSince(flags.since);
  const archives = new Map<string, ArchiveReader>();
  const withAll = async (names: readonly string[]): Promise<ExitCode> => {
    const [name, ...others] = names;
    if (name !== undefined) {
      return withArchive(invocation, name, flags, (archive) => {
        archives.set(name, archive);
        return withAll(others);
      });
    }
    const snapshots = await rangeSnapshots(ends, archives);
    const [{ timeline }, { objectFilter }, { objectQueryOf }, { msFromTimestamp }] = await Promise.all([
      import('../operations/timeline.ts'),
      import('../operations/diff-selection.ts'),
      import('../operations/selection.ts'),
      import('../format/timestamp.ts'),
    ]);
    const { namespace } = flags;
    const scope = namespace === undefined ? {} : { namespace };
    const isSelected = objectFilter((flags.kind ?? []).map((kind) => objectQueryOf(kind, scope)));
    const lastMs = Math.max(...snapshots.map(({ header }) => msFromTimestamp(header.timestamp)));
    const result = await timeline(snapshots, {
      ...scope,
      isSelected: (object) => isSelected({ ...object, version: '' }),
      ...(since !== undefined && { sinceMs: since(lastMs) }),
      signal: invocation.signal,
    });
    const shown =
      flags.warnings === true ? result.entries.filter(({ isWarning }) => isWarning) : result.entries;
    return print(invocation, { ...result, entries: shown }, flags);
  };
  return withAll([...new Set(ends.map(({ archive }) => archive))]);
}

/** @returns the moment, given that of the last capture @throws UsageError */
function parseSince(text: string | undefined): ((lastMs: number) => number) | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = SPAN.exec(text) ?? [];
  if (count !== undefined && (unit === 's' || unit === 'm' || unit === 'h' || unit === 'd')) {
    return (lastMs) => lastMs - Number(count) * SPAN_MS[unit];
  }
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError(`--since ${text}: write 30m, 2h, 1d or 2026-11-21T14:00:00Z`);
  return () => ms;
}

async function print(
  { terminal }: Invocation,
  { captures, entries, problems }: Timeline,
  flags: TimelineFlags,
): Promise<ExitCode> {
  const { entryDocument, timelineLines } = await import('./timeline-output.ts');
  if (flags.output !== 'table') {
    const { printDocument } = await import('./document.ts');
    const document = {
      captures: captures.map(({ snapshotId, capturedMs }) => {
        return { snapshot: snapshotId, captured: new Date(capturedMs).toISOString() };
      }),
      entries: entries.map(entryDocument),
    };
    await printDocument(terminal, document, flags.output);
  } else {
    for (const { text, isWarning } of timelineLines(captures, entries)) {
      await terminal.resultLine(isWarning ? terminal.paint(text, 'yellow') : text);
    }
  }
  for (const { path, problem } of problems) terminal.warn(`${path}: ${problem}`);
  return problems.length > 0 ? EXIT.partial : EXIT.done;
}
