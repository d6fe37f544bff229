/** Turns measurements into `bench/results.md`: a table a folder, ratios to the reference, PASS or FAIL against what must be reached. */
import os from 'node:os';
import type { Measurement } from './measured-run.ts';

/** The steps that are measured, in the order of the tables. */
export const STEPS = ['create', 'check', 'extract', 'browse'] as const;
export type Step = (typeof STEPS)[number];

/** What one program took for one folder. */
export interface ProgramResult {
  readonly name: string;
  readonly steps: Readonly<Record<Step, Measurement>>;
  /** Bytes of the archive. */
  readonly size: number;
}

/** One folder, plain or encrypted. */
export interface FolderResult {
  /** (a), (b), (c). */
  readonly corpus: 'manifests' | 'mixed' | 'tiny';
  readonly what: string;
  readonly count: number;
  /** Bytes of its files. */
  readonly size: number;
  readonly encrypted: boolean;
  /** Reading the folder and writing as many bytes: no program can be faster. */
  readonly limit: Measurement;
  readonly programs: readonly ProgramResult[];
}

interface Goal {
  readonly what: string;
  readonly applies: (folder: FolderResult) => boolean;
  /** Ratio that was reached, of the reference to ptar where more is better, of ptar to the reference where less is. */
  readonly reached: (ours: ProgramResult, theirs: ProgramResult) => number;
  readonly wanted: number;
  readonly more: boolean;
}

const wall =
  (step: Step) =>
  (ours: ProgramResult, theirs: ProgramResult): number =>
    theirs.steps[step].wallMs / ours.steps[step].wallMs;
const size = (ours: ProgramResult, theirs: ProgramResult): number => ours.size / theirs.size;
const isManifests = ({ corpus }: FolderResult): boolean => corpus === 'manifests';
const isMixed = ({ corpus }: FolderResult): boolean => corpus === 'mixed';
const all = (): boolean => true;

const GOALS: readonly Goal[] = [
  { what: 'create, manifests', applies: isManifests, reached: wall('create'), wanted: 10, more: true },
  { what: 'size, manifests', applies: isManifests, reached: size, wanted: 0.8, more: false },
  { what: 'create, mixed files', applies: isMixed, reached: wall('create'), wanted: 6, more: true },
  { what: 'size, mixed files', applies: isMixed, reached: size, wanted: 1, more: false },
  { what: 'check', applies: all, reached: wall('check'), wanted: 10, more: true },
  { what: 'extract', applies: all, reached: wall('extract'), wanted: 4, more: true },
  {
    what: 'open, list and cat, manifests',
    applies: ({ corpus, count }) => corpus === 'manifests' && count >= 100_000,
    reached: wall('browse'),
    wanted: 5,
    more: true,
  },
  {
    what: 'open, list and cat, tiny objects',
    applies: ({ corpus }) => corpus === 'tiny',
    reached: wall('browse'),
    wanted: 20,
    more: true,
  },
  {
    what: 'peak memory of create, MB',
    applies: all,
    reached: ({ steps }) => steps.create.memoryBytes / 1e6,
    wanted: 200,
    more: false,
  },
];

/** The whole report. `versions`: of the programs. */
export function report(folders: readonly FolderResult[], versions: readonly string[]): string {
  const cpus = os.cpus();
  const [load = 0] = os.loadavg();
  return [
    '# Benchmark results',
    '',
    'Made by `npm run bench`, all programs one after the other in the same run; see `bench/`. Times of ptar and the reference are without the',
    'derivation of the key, restic’s are with it. Peak memory of ptar is counted from when the key is there. Where CPU times differ less',
    'than wall-clock times, a program waits; where the machine is busy with other things, only CPU times compare well.',
    '',
    `${versions.join(', ')}; ${cpus.length} × ${cpus[0]?.model.trim() ?? 'CPU'}, load ${load.toFixed(1)} at the end, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    'Where the time and the bytes go: [profile.md](profile.md).',
    '',
    '## What must be reached',
    '',
    '| goal | folder | wanted | reached | |',
    '|---|---|---|---|---|',
    ...folders.filter(({ encrypted }) => encrypted).flatMap(verdicts),
    ...folders.flatMap(table),
    '',
  ].join('\n');
}

function verdicts(folder: FolderResult): string[] {
  const [ours, theirs] = folder.programs;
  if (ours === undefined || theirs === undefined) return [];
  return GOALS.filter(({ applies }) => applies(folder)).map(({ what, reached, wanted, more }) => {
    const value = reached(ours, theirs);
    const passed = more ? value >= wanted : value <= wanted;
    return `| ${what} | ${folder.what} | ${more ? '≥' : '≤'} ${wanted} | ${value.toFixed(2)} | ${passed ? 'PASS' : 'FAIL'} |`;
  });
}

function table(folder: FolderResult): string[] {
  const { what, size: bytes, encrypted, programs, limit } = folder;
  const [, theirs] = programs;
  const rows = STEPS.flatMap((step) =>
    programs.map(({ name, steps, size: archiveSize }) => {
      const { wallMs, cpuMs, memoryBytes } = steps[step];
      const ratio = theirs === undefined ? undefined : theirs.steps[step].wallMs / wallMs;
      const cpuRatio = theirs === undefined ? undefined : theirs.steps[step].cpuMs / cpuMs;
      const mb = step === 'create' ? (archiveSize / 1e6).toFixed(2) : '';
      return `| ${step} | ${name.replace('|', '&#124;')} | ${seconds(wallMs)} | ${seconds(cpuMs)} | ${(memoryBytes / 1e6).toFixed(0)} | ${mb} | ${times(ratio)} | ${times(cpuRatio)} |`;
    }),
  );
  return [
    '',
    `## ${what}, ${(bytes / 1e6).toFixed(1)} MB, ${encrypted ? 'encrypted' : 'plaintext'}`,
    '',
    `Reading these files and writing as many bytes takes ${seconds(limit.wallMs)} s (CPU ${seconds(limit.cpuMs)} s): \`tar\` to a file.`,
    '',
    '| step | program | wall, s | CPU, s | peak, MB | size, MB | reference’s wall / this | reference’s CPU / this |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(2)}×`;
}
