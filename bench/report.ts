/** Turns measurements into `bench/results.md`: a table a folder, ratios to stock Plakar and to the reference, PASS or FAIL. */
import os from 'node:os';
import type { FlatnessPoint } from './flatness.ts';
import { goalTable, measured } from './goals.ts';
import { type FolderResult, NOT_RUN, type Outcome, STEPS } from './folder-result.ts';

/** Everything that a report says. */
export interface Run {
  readonly folders: readonly FolderResult[];
  /** Nothing where it was not measured. */
  readonly flatness: readonly FlatnessPoint[];
  /** Of the programs. */
  readonly versions: readonly string[];
}

/** The whole report. */
export function report({ folders, flatness, versions }: Run): string {
  const cpus = os.cpus();
  const [load = 0] = os.loadavg();
  const plakarCpus = Math.max(1, cpus.length - 1);
  return [
    '# Benchmark results',
    '',
    'Made by `npm run bench`, all programs one after the other in the same run, each with an empty cache; see `bench/`.',
    '',
    `* **plakar** is Plakar’s own command with its default options: it takes all cores but one, here ${plakarCpus} of ${cpus.length}. Goals are meant beside it.`,
    '* **reference** is the program of `test/interop` on the same modules, which takes all cores and 8 times as many tasks at once. Where plakar is',
    '  absent or failed, goals are judged beside it, and the verdict says so.',
    '* Deriving the key is left out. ptar and the reference time it themselves; plakar does not, so listing an archive of one file in plaintext and',
    '  encrypted is timed before and after each step, and the difference taken off for each command of the step. restic’s is left in. ptar starts its',
    '  threads meanwhile, which is left out with it.',
    '* Peak memory is that of the largest process. Of ptar it is counted from when the key is there; those of plakar and reference hold the 268 MB that deriving takes.',
    '* Where CPU times differ less than wall-clock times, a program waits; where the machine is busy with other things, only CPU times compare well.',
    '',
    `${versions.join(', ')}; ${cpus.length} × ${cpus[0]?.model.trim() ?? 'CPU'}, load ${load.toFixed(1)} at the end, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    'Where the time and the bytes go: [profile.md](profile.md).',
    '',
    '## What must be reached',
    '',
    ...goalTable(folders, flatness),
    ...folders.flatMap(table),
    ...flatnessTable(flatness),
    '',
  ].join('\n');
}

function table(folder: FolderResult): string[] {
  const { what, size: bytes, encrypted, programs, limit, runs } = folder;
  const [plakar, reference] = ['plakar', 'reference'].map((wanted) =>
    programs.find(({ name }) => name === wanted),
  );
  const rows = STEPS.flatMap((step) =>
    programs
      .filter(({ steps }) => steps[step] !== NOT_RUN)
      .map(({ name, steps, size: archiveSize }) => {
        const cells = [step, name, ...outcomeCells(steps[step])];
        cells.push(step === 'create' && archiveSize !== undefined ? (archiveSize / 1e6).toFixed(2) : '');
        for (const other of [plakar, reference]) cells.push(...ratioCells(other?.steps[step], steps[step]));
        return `| ${cells.map((cell) => cell.replaceAll('|', '&#124;')).join(' | ')} |`;
      }),
  );
  return [
    '',
    `## ${what}, ${(bytes / 1e6).toFixed(1)} MB, ${encrypted ? 'encrypted' : 'plaintext'}`,
    '',
    `Reading these files and writing as many bytes takes ${seconds(limit.wallMs)} s (CPU ${seconds(limit.cpuMs)} s): \`tar\` to a file.`,
    ...(runs > 1
      ? [
          `Every program ran each step ${runs} times, in turn with the others; of each the run of least wall-clock time counts.`,
        ]
      : []),
    '',
    '| step | program | wall, s | CPU, s | peak, MB | size, MB | plakar’s wall / this | its CPU / this | reference’s wall / this | its CPU / this |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

function flatnessTable(points: readonly FlatnessPoint[]): string[] {
  if (points.length === 0) return [];
  return [
    '',
    '## Memory while what is captured grows',
    '',
    'ptar’s create of mixed files, encrypted, largest of three.',
    '',
    '| files, GiB | peak after the key, MB | wall, s |',
    '|---|---|---|',
    ...points.map(
      ({ gib, memoryBytes, wallMs }) => `| ${gib} | ${(memoryBytes / 1e6).toFixed(0)} | ${seconds(wallMs)} |`,
    ),
  ];
}

/** Wall-clock time, CPU time, memory. */
function outcomeCells(outcome: Outcome): string[] {
  if ('failure' in outcome) return [outcome.failure, '', ''];
  return [seconds(outcome.wallMs), seconds(outcome.cpuMs), (outcome.memoryBytes / 1e6).toFixed(0)];
}

/** What the other took by what this took: wall-clock time, CPU time. */
function ratioCells(other: Outcome | undefined, one: Outcome): string[] {
  const [theirs, ours] = [other === undefined ? undefined : measured(other), measured(one)];
  if (theirs === undefined || ours === undefined) return ['', ''];
  return [times(theirs.wallMs / ours.wallMs), times(theirs.cpuMs / ours.cpuMs)];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}
