/** What must be reached beside stock Plakar, and whether it is. */
import type { FlatnessPoint } from './flatness.ts';
import { NOT_RUN, type FolderResult, type Outcome, type ProgramResult, type Step } from './folder-result.ts';
import type { Measurement } from './measured-run.ts';

interface Goal {
  readonly what: string;
  readonly applies: (folder: FolderResult) => boolean;
  /** Wall-clock time of a step, or bytes of the archive. */
  readonly figure: Step | 'size';
  readonly wanted: number;
}

const isManifests = ({ corpus }: FolderResult): boolean => corpus === 'manifests';
const isMixed = ({ corpus }: FolderResult): boolean => corpus === 'mixed';
const isTiny = ({ corpus }: FolderResult): boolean => corpus === 'tiny';
const all = (): boolean => true;

const GOALS: readonly Goal[] = [
  { what: 'create, manifests', applies: isManifests, figure: 'create', wanted: 10 },
  { what: 'size, manifests', applies: isManifests, figure: 'size', wanted: 0.8 },
  { what: 'create, mixed files', applies: isMixed, figure: 'create', wanted: 6 },
  { what: 'size, mixed files', applies: isMixed, figure: 'size', wanted: 1 },
  { what: 'check', applies: all, figure: 'check', wanted: 10 },
  { what: 'extract', applies: all, figure: 'extract', wanted: 4 },
  {
    what: 'open, list and cat, manifests',
    applies: (folder) => isManifests(folder) && folder.count >= 100_000,
    figure: 'browse',
    wanted: 5,
  },
  { what: 'open, list and cat, tiny objects', applies: isTiny, figure: 'browse', wanted: 20 },
];
/** MB of create's peak after the key. */
const MEMORY_MAX = 200;
/** Of the peak for 1 GiB. */
const GROWTH_MAX = 1.1;

/** The table's rows, header included: of folders whose archives are encrypted, and of the memory. */
export function goalTable(folders: readonly FolderResult[], flatness: readonly FlatnessPoint[]): string[] {
  return [
    '| goal | folder | wanted | beside plakar | beside reference | |',
    '|---|---|---|---|---|---|',
    ...folders.filter(({ encrypted }) => encrypted).flatMap(folderRows),
    ...flatnessRows(flatness),
  ];
}

/** What was measured, where the step did not fail. */
export function measured(outcome: Outcome): Measurement | undefined {
  return 'failure' in outcome ? undefined : outcome;
}

function folderRows(folder: FolderResult): string[] {
  const [ours, plakar, reference] = ['ptar', 'plakar', 'reference'].map((wanted) =>
    folder.programs.find(({ name }) => name === wanted),
  );
  if (ours === undefined) return [];
  const wasRun = ({ figure }: Goal): boolean => figure === 'size' || ours.steps[figure] !== NOT_RUN;
  const rows = GOALS.filter((goal) => goal.applies(folder) && wasRun(goal)).map(
    ({ what, figure, wanted }) => {
      const more = figure !== 'size';
      const [besidePlakar, besideReference] = [plakar, reference].map((theirs) =>
        theirs === undefined ? undefined : reached(figure, ours, theirs),
      );
      return row([what, folder.what, limit(wanted, more), ratio(besidePlakar), ratio(besideReference)], {
        value: besidePlakar ?? besideReference,
        wanted,
        more,
        note: besidePlakar === undefined && besideReference !== undefined ? ' (reference)' : '',
      });
    },
  );
  const memory = measured(ours.steps.create)?.memoryBytes;
  return [...rows, memoryRow(folder.what, memory)];
}

/** How often ptar's time is in the other's, the other's size in ptar's. Nothing where one of them failed. */
function reached(figure: Goal['figure'], ours: ProgramResult, theirs: ProgramResult): number | undefined {
  return figure === 'size'
    ? quotient(ours.size, theirs.size)
    : quotient(measured(theirs.steps[figure])?.wallMs, measured(ours.steps[figure])?.wallMs);
}

function flatnessRows(points: readonly FlatnessPoint[]): string[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return [];
  const what = `${last.gib} GiB of mixed files`;
  const growth = last.memoryBytes / first.memoryBytes;
  return [
    memoryRow(what, last.memoryBytes),
    row([`that, of the one for ${first.gib} GiB`, what, limit(GROWTH_MAX, false), ratio(growth), ''], {
      value: growth,
      wanted: GROWTH_MAX,
      more: false,
    }),
  ];
}

function memoryRow(what: string, bytes: number | undefined): string {
  const value = bytes === undefined ? undefined : bytes / 1e6;
  const shown = value === undefined ? '' : `${value.toFixed(0)}, ptar alone`;
  return row(['peak memory of create, MB', what, limit(MEMORY_MAX, false), shown, ''], {
    value,
    wanted: MEMORY_MAX,
    more: false,
  });
}

interface Verdict {
  readonly value: number | undefined;
  readonly wanted: number;
  readonly more: boolean;
  readonly note?: string;
}

function row(cells: readonly string[], { value, wanted, more, note = '' }: Verdict): string {
  const passed = value !== undefined && (more ? value >= wanted : value <= wanted);
  return `| ${cells.join(' | ')} | ${passed ? 'PASS' : 'FAIL'}${note} |`;
}

function limit(wanted: number, more: boolean): string {
  return `${more ? '≥' : '≤'} ${wanted}`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(2);
}

function quotient(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}
