/** The programs that are compared: how each makes, checks, extracts and lists an archive of a folder. */
import { mkdirSync, readFileSync, rmSync, statSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure, type Measurement } from './measured-run.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const PASSPHRASE = 'correct horse battery staple';

/** What is measured of a folder. */
export interface Task {
  /** Absolute. */
  readonly folder: string;
  /** One file in it. */
  readonly file: string;
  readonly encrypted: boolean;
  /** A folder for everything that the program writes. */
  readonly work: string;
}

/** Measurements without the derivation of the key, where the program tells how long that took. */
export interface Contestant {
  readonly name: string;
  create(task: Task): Promise<Measurement>;
  check(task: Task): Promise<Measurement>;
  extract(task: Task): Promise<Measurement>;
  /** Opens the archive that it has not seen before, lists all and reads one file. */
  browse(task: Task): Promise<Measurement>;
  /** Bytes of the archive. */
  size(task: Task): number;
}

/** Both as one. */
export function sum(one: Measurement, two: Measurement): Measurement {
  return {
    wallMs: one.wallMs + two.wallMs,
    cpuMs: one.cpuMs + two.cpuMs,
    memoryBytes: Math.max(one.memoryBytes, two.memoryBytes),
    stdout: '',
  };
}

/** Makes it, empty. @returns its path */
export function newFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** ptar as it is built in `dist/` of the folder `built`. */
export function ptarProgram(built: string): Contestant {
  const runPtar = (task: Task, ...args: string[]): Promise<Measurement> => runCli(built, task, args);
  return {
    name: 'ptar',
    create: async (task) => {
      const plaintext = task.encrypted ? [] : ['--plaintext'];
      return runPtar(task, 'create', '-q', '--overwrite', ...plaintext, '-o', ours(task), task.folder);
    },
    check: (task) => runPtar(task, 'check', ours(task)),
    extract: async (task) => {
      const target = newFolder(path.join(task.work, 'ptar-target'));
      return runPtar(task, 'extract', '-q', ours(task), '--to', target);
    },
    browse: async (task) =>
      sum(
        // The table has modes, sizes and times, as listings of the others have.
        await runPtar(task, 'ls', '-R', ours(task), '/'),
        await runPtar(task, 'cat', ours(task), task.file),
      ),
    size: (task) => statSync(ours(task)).size,
  };
}

function ours({ work }: Task): string {
  return path.join(work, 'ours.ptar');
}

async function runCli(built: string, { work }: Task, args: readonly string[]): Promise<Measurement> {
  const note = path.join(work, 'note.json');
  const timer = path.join(root, 'bench/key-timer.mjs');
  const command = ['--import', timer, path.join(built, 'dist/cli.js'), ...args];
  const measured = await measure(process.execPath, command, {
    BENCH_NOTE: note,
    PTAR_PASSPHRASE: PASSPHRASE,
  });
  const { keyMs, keyCpuMs, memoryBytes } = JSON.parse(readFileSync(note, 'utf8')) as {
    keyMs: number;
    keyCpuMs: number;
    memoryBytes: number;
  };
  return {
    ...measured,
    wallMs: measured.wallMs - keyMs,
    cpuMs: measured.cpuMs - keyCpuMs,
    memoryBytes,
  };
}

/** The reference program of `test/interop`, built at `binary`. Its cache is empty at the begin of every run. */
export function referenceProgram(binary: string): Contestant {
  const run = async ({ work }: Task, ...args: string[]): Promise<Measurement> => {
    const temporary = newFolder(path.join(work, 'reference-temporary'));
    const measured = await measure(binary, args, { PTAR_PASSPHRASE: PASSPHRASE, TMPDIR: temporary });
    const timings = /"keyDerivationCpuMs":(\d+),"keyDerivationMs":(\d+)/.exec(measured.stdout.slice(-400));
    const [, keyCpuMs = '0', keyMs = '0'] = timings ?? [];
    return {
      ...measured,
      wallMs: measured.wallMs - Number(keyMs),
      cpuMs: measured.cpuMs - Number(keyCpuMs),
    };
  };
  const file = ({ work }: Task): string => path.join(work, 'theirs.ptar');
  return {
    name: 'reference',
    create: (task) => {
      rmSync(file(task), { force: true });
      return run(task, 'write', ...(task.encrypted ? [] : ['-plaintext']), file(task), task.folder);
    },
    check: (task) => run(task, 'check', file(task)),
    extract: (task) => run(task, 'restore', file(task), newFolder(path.join(task.work, 'reference-target'))),
    browse: async (task) =>
      sum(
        await run(task, 'walk', '-without-digest', file(task)),
        await run(
          task,
          'restore',
          '-path',
          task.file,
          file(task),
          newFolder(path.join(task.work, 'reference-target')),
        ),
      ),
    size: (task) => statSync(file(task)).size,
  };
}

/** restic with a repository of its own; it is always encrypted, and its key derivation is not left out. */
export const restic: Contestant = {
  name: 'restic',
  create: async (task) => {
    const repository = newFolder(path.join(task.work, 'restic'));
    rmSync(repository, { recursive: true });
    await runRestic(task, 'init');
    return runRestic(task, 'backup', task.folder);
  },
  check: (task) => runRestic(task, 'check', '--read-data'),
  extract: (task) =>
    runRestic(task, 'restore', 'latest', '--target', newFolder(path.join(task.work, 'restic-target'))),
  browse: async (task) =>
    sum(await runRestic(task, 'ls', 'latest'), await runRestic(task, 'dump', 'latest', task.file)),
  size: (task) => folderSize(path.join(task.work, 'restic')),
};

function runRestic({ work }: Task, ...args: string[]): Promise<Measurement> {
  return measure('restic', ['-q', '--no-cache', ...args], {
    RESTIC_PASSWORD: PASSPHRASE,
    RESTIC_REPOSITORY: path.join(work, 'restic'),
  });
}

function folderSize(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((size, entry) => size + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

/** tar and zstd: no encryption, no deduplication, no index; what there is to beat without any of it. */
export const tarZstd: Contestant = {
  name: 'tar | zstd',
  create: (task) => shell(task, `tar -C / -cf - "$FOLDER" | zstd -q -f -T0 -o "$FILE"`),
  check: (task) => shell(task, `zstd -q -t "$FILE"`),
  extract: (task) => {
    newFolder(path.join(task.work, 'tar-target'));
    return shell(task, `zstd -q -dc "$FILE" | tar -C "$WORK/tar-target" -xf -`);
  },
  browse: (task) =>
    shell(task, `zstd -q -dc "$FILE" | tar -tf - && zstd -q -dc "$FILE" | tar -xOf - "$MEMBER" >/dev/null`),
  size: ({ work }) => statSync(path.join(work, 'files.tar.zst')).size,
};

function shell({ folder, file, work }: Task, script: string): Promise<Measurement> {
  return measure('bash', ['-o', 'pipefail', '-c', script], {
    FOLDER: folder.slice(1),
    MEMBER: file.slice(1),
    FILE: path.join(work, 'files.tar.zst'),
    WORK: work,
  });
}
