/**
 * `npm run bench [-- --small]`: ptar beside the reference program, restic and `tar | zstd` on the same folders, in the same
 * run. Writes `bench/results.md`; `--small` takes a minute and prints only. Work is done in memory where there is room (/dev/shm), so that
 * programs are compared and not what else uses the disk.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildGoModule } from '../scripts/go-build.ts';
import { type Contestant, ptarProgram, referenceProgram, restic, tarZstd, type Task } from './contestants.ts';
import { writeManifests, writeMixedFiles, writeTinyObjects } from './corpus.ts';
import { measure, type Measurement } from './measured-run.ts';
import { type FolderResult, type ProgramResult, report, type Step, STEPS } from './report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_NEEDED = 12e9;

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
  },
});
const work = mkdtempSync(path.join(workRoot(), 'ptar-bench-'));

interface Corpus extends Pick<FolderResult, 'corpus' | 'count'> {
  readonly name: string;
  readonly write: (folder: string, count: number) => number;
  readonly plaintext: boolean;
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
    { ...tiny, count: Number(values.tiny), plaintext: false },
  ];
  return all.filter(({ count }) => count > 0);
}

try {
  const programs = await contestants();
  const results: FolderResult[] = [];
  for (const corpus of corpora()) {
    const folder = path.join(work, 'folder');
    const size = corpus.write(folder, corpus.count);
    for (const encrypted of corpus.plaintext ? [false, true] : [true]) {
      results.push(await compare(programs, corpus, { folder, size, encrypted }));
      const text = report(results, versions(programs));
      // After each folder: a run that is stopped leaves what it has.
      if (!values.small) writeFileSync(path.join(root, 'bench/results.md'), text);
      if (values.small) process.stdout.write(text);
    }
    rmSync(folder, { recursive: true, force: true });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function compare(
  programs: readonly Contestant[],
  corpus: Corpus,
  { folder, size, encrypted }: { folder: string; size: number; encrypted: boolean },
): Promise<FolderResult> {
  const what = `${corpus.count.toLocaleString('en')} ${corpus.name}`;
  process.stderr.write(`${what}, ${encrypted ? 'encrypted' : 'plaintext'}\n`);
  const task = { folder, file: firstFile(folder), encrypted, work };
  const results: ProgramResult[] = [];
  for (const program of programs) results.push(await resultOf(program, task));
  const copy = path.join(work, 'copy.tar');
  const limit = await measure('tar', ['-C', '/', '-cf', copy, folder.slice(1)]);
  rmSync(copy);
  const { corpus: kind, count } = corpus;
  return { corpus: kind, count, what, size, encrypted, limit, programs: results };
}

async function resultOf(program: Contestant, task: Task): Promise<ProgramResult> {
  const steps: Partial<Record<Step, Measurement>> = {};
  for (const step of STEPS) {
    const measured = await program[step](task);
    steps[step] = measured;
    process.stderr.write(
      `  ${program.name.padEnd(10)} ${step.padEnd(8)} ${(measured.wallMs / 1000).toFixed(2)} s, CPU ${(measured.cpuMs / 1000).toFixed(2)} s\n`,
    );
  }
  const size = program.size(task);
  for (const name of [
    'ptar-target',
    'reference-target',
    'restic-target',
    'tar-target',
    'reference-temporary',
  ]) {
    rmSync(path.join(task.work, name), { recursive: true, force: true });
  }
  return { name: program.name, steps: steps as Record<Step, Measurement>, size };
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
    reference,
    ...others.flatMap(([name, one]) => (spawnSync('which', [name]).status === 0 ? [one] : [])),
  ];
}

function versions(programs: readonly Contestant[]): string[] {
  const first = (command: string, args: readonly string[]): string =>
    spawnSync(command, args, { encoding: 'utf8' }).stdout.split('\n')[0] ?? '';
  const names = programs.map(({ name }) => name);
  return [
    `Node ${process.version}`,
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
