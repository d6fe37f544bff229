/**
 * `npm run bench [-- --small]`: ptar beside stock Plakar, the reference program, restic and `tar | zstd` on the same folders, in the same
 * run. Writes `bench/results.md` after each folder, with what this run has measured; `--small` takes a minute and prints only. A program that
 * fails, or takes more than half an hour for a step, is reported so, and the others go on. Work is done in memory where there is room
 * (/dev/shm), so that programs are compared and not what else uses the disk.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildGoModule } from '../scripts/go-build.ts';
import { type Contestant, ptarProgram, referenceProgram, restic, tarZstd, type Task } from './contestants.ts';
import { writeManifests, writeMixedFiles, writeTinyObjects } from './corpus.ts';
import { type FlatnessPoint, measureFlatness } from './flatness.ts';
import {
  betterResult,
  type FolderResult,
  NOT_RUN,
  type Outcome,
  type ProgramResult,
  type Step,
  STEPS,
} from './folder-result.ts';
import { measured } from './goals.ts';
import { measure } from './measured-run.ts';
import { report } from './report.ts';
import { plakarVersion, stockPlakar } from './stock-plakar.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_NEEDED = 14e9;
/** Steps on so few files take a second: one run says little where the clock of the machine changes. */
const FEW_FILES = 20_000;
const RUNS_ON_FEW = 3;
/** What went wrong is told in so many characters. */
const FAILURE_LENGTH_MAX = 100;

const { values } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    /** Numbers of manifests, one folder each; of the first also a plaintext archive is made. */
    manifests: { type: 'string', default: '20000,100000' },
    /** MiB of mixed files. */
    mixed: { type: 'string', default: '1024' },
    /** A folder with a build, instead of making one: it has `dist/` in it. */
    built: { type: 'string' },
    /** Number of tiny objects. */
    tiny: { type: 'string', default: '1000000' },
    /** What is measured with them: all of it takes an hour. */
    'tiny-steps': { type: 'string', default: STEPS.join(',') },
    /** GiB of mixed files that ptar's memory is measured with, beside 1 GiB. */
    flat: { type: 'string', default: '8' },
  },
});
const work = mkdtempSync(path.join(workRoot(), 'ptar-bench-'));

interface Corpus extends Pick<FolderResult, 'corpus' | 'count'> {
  readonly name: string;
  readonly write: (folder: string, count: number) => number;
  readonly plaintext: boolean;
  /** All where nothing is said. */
  readonly steps?: readonly string[];
}

function corpora(): readonly Corpus[] {
  const manifests = { corpus: 'manifests', name: 'manifests', write: writeManifests } as const;
  if (values.small) return [{ ...manifests, count: 2_000, plaintext: false }];
  const counts = values.manifests.split(',').map(Number);
  const writeMixed = (folder: string, mib: number): number => writeMixedFiles(folder, mib * 2 ** 20);
  const [first, ...more] = counts.map((count, index) => ({ ...manifests, count, plaintext: index === 0 }));
  const mixed = { corpus: 'mixed', name: 'MiB of mixed files', write: writeMixed } as const;
  const tiny = { corpus: 'tiny', name: 'tiny objects', write: writeTinyObjects } as const;
  const all: readonly Corpus[] = [
    ...(first === undefined ? [] : [first]),
    { ...mixed, count: Number(values.mixed), plaintext: false },
    ...more,
    { ...tiny, count: Number(values.tiny), plaintext: false, steps: values['tiny-steps'].split(',') },
  ];
  return all.filter(({ count }) => count > 0);
}

process.once('exit', () => {
  rmSync(work, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const programs = await contestants();
const folders: FolderResult[] = [];
const flatness = await flatnessOf(programs[0]);
if (flatness.length > 0) publish();
for (const corpus of corpora()) {
  const folder = path.join(work, 'folder');
  const size = corpus.write(folder, corpus.count);
  for (const encrypted of corpus.plaintext ? [false, true] : [true]) {
    folders.push(await compare(corpus, { folder, size, encrypted }));
    publish();
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Nothing where it is not asked for, or fails. */
async function flatnessOf(ptar: Contestant | undefined): Promise<readonly FlatnessPoint[]> {
  const gib = Number(values.flat);
  if (ptar === undefined || values.small || gib <= 1) return [];
  process.stderr.write(`memory, 1 and ${gib} GiB\n`);
  try {
    return await measureFlatness(ptar, gib, path.join(work, 'flatness'));
  } catch (error) {
    process.stderr.write(`  ${oneLine(error)}\n`);
    return [];
  }
}

/** After each folder: a run that is stopped leaves what it has. */
function publish(): void {
  const text = report({ folders, flatness, versions: versions() });
  if (values.small) process.stdout.write(text);
  else writeFileSync(path.join(root, 'bench/results.md'), text);
}

async function compare(
  corpus: Corpus,
  { folder, size, encrypted }: { folder: string; size: number; encrypted: boolean },
): Promise<FolderResult> {
  const what = `${corpus.count.toLocaleString('en')} ${corpus.name}`;
  process.stderr.write(`${what}, ${encrypted ? 'encrypted' : 'plaintext'}\n`);
  const file = firstFile(folder);
  const results = new Map<string, ProgramResult>();
  const { corpus: kind, count } = corpus;
  const runs = encrypted && kind === 'manifests' && count <= FEW_FILES && !values.small ? RUNS_ON_FEW : 1;
  for (let run = 0; run < runs; run++) {
    // In turn: where the clock of the machine changes, it changes for all of them.
    for (const program of programs) {
      const task = { folder, file, encrypted, work: path.join(work, 'program') };
      mkdirSync(task.work);
      const result = await resultOf(program, task, corpus.steps ?? STEPS);
      rmSync(task.work, { recursive: true });
      results.set(program.name, betterResult(result, results.get(program.name)));
    }
  }
  const copy = path.join(work, 'copy.tar');
  const limit = await measure('tar', ['-C', '/', '-cf', copy, folder.slice(1)]);
  rmSync(copy);
  return { corpus: kind, count, what, size, encrypted, runs, limit, programs: [...results.values()] };
}

async function resultOf(program: Contestant, task: Task, wanted: readonly string[]): Promise<ProgramResult> {
  const steps: Partial<Record<Step, Outcome>> = {};
  for (const step of STEPS) {
    if (!wanted.includes(step)) {
      steps[step] = NOT_RUN;
      continue;
    }
    const { create } = steps;
    const hasArchive = create === undefined || measured(create) !== undefined;
    const outcome = hasArchive ? await outcomeOf(() => program[step](task)) : { failure: 'no archive' };
    steps[step] = outcome;
    const told =
      'failure' in outcome
        ? outcome.failure
        : `${(outcome.wallMs / 1000).toFixed(2)} s, CPU ${(outcome.cpuMs / 1000).toFixed(2)} s`;
    process.stderr.write(`  ${program.name.padEnd(10)} ${step.padEnd(8)} ${told}\n`);
  }
  const hasArchive = steps.create !== undefined && measured(steps.create) !== undefined;
  return {
    name: program.name,
    steps: steps as Record<Step, Outcome>,
    size: hasArchive ? program.size(task) : undefined,
  };
}

async function outcomeOf(step: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await step();
  } catch (error) {
    return { failure: oneLine(error) };
  }
}

/** Of many lines the first and the last. The names of folders, new in every run, are left out. */
function oneLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  const told = [lines[0], ...lines.slice(1).slice(-1)].join(' ');
  return told.replaceAll(work, '…').slice(0, FAILURE_LENGTH_MAX);
}

/** One file of about the middle. */
function firstFile(folder: string): string {
  const { stdout } = spawnSync('find', [folder, '-type', 'f', '-print', '-quit'], { encoding: 'utf8' });
  return stdout.trim();
}

async function contestants(): Promise<readonly Contestant[]> {
  if (values.built === undefined) await measure('npm', ['run', '--silent', 'build']);
  const ptar = ptarProgram(values.built ?? root);
  const reference = referenceProgram(await buildGoModule({ directory: path.join(root, 'test/interop') }));
  const plakar = await stockPlakar(path.join(work, 'plakar')).catch((error: unknown) => {
    process.stderr.write(`without stock Plakar: ${oneLine(error)}\n`);
    return undefined;
  });
  const missing = ['restic', 'zstd'].filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0) {
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing]);
  }
  const others = [
    ['restic', restic],
    ['zstd', tarZstd],
  ] as const;
  return [
    ptar,
    ...(plakar === undefined ? [] : [plakar]),
    reference,
    ...others.flatMap(([name, one]) => (spawnSync('which', [name]).status === 0 ? [one] : [])),
  ];
}

function versions(): string[] {
  const first = (command: string, args: readonly string[]): string =>
    spawnSync(command, args, { encoding: 'utf8' }).stdout.split('\n')[0] ?? '';
  const names = programs.map(({ name }) => name);
  return [
    `Node ${process.version}`,
    ...(names.includes('plakar') ? [`plakar ${plakarVersion()}`] : []),
    'reference: kloset 1.1.3 with integrations/ptar 1.1.0',
    ...(names.includes('restic') ? [first('restic', ['version'])] : []),
    ...(names.includes('tar | zstd') ? [first('zstd', ['--version']), first('tar', ['--version'])] : []),
  ];
}

/** Memory, where it is large enough for all that is written. */
function workRoot(): string {
  try {
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return bavail * bsize > MEMORY_NEEDED && os.freemem() > MEMORY_NEEDED ? MEMORY_FOLDER : os.tmpdir();
  } catch {
    return os.tmpdir();
  }
}
