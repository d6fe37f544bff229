/** Plakar's own command, of the version in `bench/plakar/go.mod`, as one of the programs that are compared. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGoModule } from '../scripts/go-build.ts';
import { type Contestant, newFolder, PASSPHRASE, type Task } from './contestants.ts';
import { measure, type Measurement } from './measured-run.ts';

const directory = fileURLToPath(new URL('plakar', import.meta.url));
const MODULE = 'github.com/PlakarKorp/plakar';

/**
 * Commands that read an archive have its index built by a daemon, `plakar cached`, which they would start, and which would stay for some
 * seconds. Started here, in the foreground, its CPU time counts, and nothing of it is left for the next run. Starting it is within the time,
 * as it is when a command does that.
 */
const WITH_DAEMON = `
"$PLAKAR" cached -foreground -teardown 1h >/dev/null 2>&1 &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null; wait $daemon 2>/dev/null' EXIT
until [ -S "$XDG_CACHE_HOME/plakar/cached.sock" ]; do
  kill -0 $daemon || exit 1
  sleep 0.005
done
`;

/** Where the archives are by which the derivation of a key is measured. */
interface Probe {
  readonly encrypted: string;
  readonly plaintext: string;
}

/** The version that is compared: `v1.1.4`. */
export function plakarVersion(): string {
  const goMod = readFileSync(path.join(directory, 'go.mod'), 'utf8');
  return new RegExp(`${MODULE} (v\\S+)`).exec(goMod)?.[1] ?? '';
}

/**
 * Plakar with its default options, which leave one core to others; where there is no more than one, it takes that. Every step begins with an
 * empty cache; listing and reading one file are one step, with one cache and daemon. No update is looked for.
 *
 * It does not tell how long deriving the key took. So before and after every step it lists an archive of one file, once encrypted and once in
 * plaintext, and the mean of the differences is taken from the step's times, as often as a command of it derives the key. Both archives have
 * the default parameters, as those that are compared.
 * @param folder for the two archives; they are made here
 * @throws Error where it cannot be built, or does not run
 */
export async function stockPlakar(folder: string): Promise<Contestant> {
  const binary = await buildGoModule({ directory, package: MODULE });
  const file = ({ work }: Task): string => path.join(work, 'plakar.ptar');
  const probe = await makeProbe(binary, folder);

  const withoutKey = async (task: Task, derivations: number, work: () => Promise<Measurement>) => {
    if (!task.encrypted) return work();
    const before = await measureKey(binary, probe, task.work);
    const measured = await work();
    const after = await measureKey(binary, probe, task.work);
    return {
      ...measured,
      wallMs: measured.wallMs - (derivations * (before.wallMs + after.wallMs)) / 2,
      cpuMs: measured.cpuMs - (derivations * (before.cpuMs + after.cpuMs)) / 2,
    };
  };
  const read = (task: Task, ...commands: string[]): Promise<Measurement> =>
    withoutKey(task, commands.length, () => readArchive(binary, file(task), task, commands));
  return {
    name: 'plakar',
    create: (task) => withoutKey(task, 1, () => makeArchive(binary, file(task), task)),
    check: (task) => read(task, 'check'),
    extract: (task) => read(task, `restore -to ${quoted(newFolder(path.join(task.work, 'plakar-target')))}`),
    browse: (task) => read(task, 'ls -recursive :/', `cat ${quoted(`:${task.file}`)}`),
    size: (task) => statSync(file(task)).size,
  };
}

async function makeProbe(binary: string, folder: string): Promise<Probe> {
  const source = path.join(folder, 'one');
  mkdirSync(source, { recursive: true });
  writeFileSync(path.join(source, 'file'), 'content\n');
  const probe = {
    encrypted: path.join(folder, 'encrypted.ptar'),
    plaintext: path.join(folder, 'plaintext.ptar'),
  };
  for (const encrypted of [true, false]) {
    const made = encrypted ? probe.encrypted : probe.plaintext;
    await makeArchive(binary, made, { folder: source, encrypted, work: folder });
  }
  return probe;
}

async function measureKey(
  binary: string,
  probe: Probe,
  work: string,
): Promise<Pick<Measurement, 'wallMs' | 'cpuMs'>> {
  const encrypted = await readArchive(binary, probe.encrypted, { work }, ['ls']);
  const plaintext = await readArchive(binary, probe.plaintext, { work }, ['ls']);
  return {
    wallMs: Math.max(0, encrypted.wallMs - plaintext.wallMs),
    cpuMs: Math.max(0, encrypted.cpuMs - plaintext.cpuMs),
  };
}

async function makeArchive(
  binary: string,
  archive: string,
  { folder, encrypted, work }: Pick<Task, 'folder' | 'encrypted' | 'work'>,
): Promise<Measurement> {
  rmSync(archive, { force: true });
  const plaintext = encrypted ? [] : ['-plaintext'];
  const env = await newHome(binary, work);
  return measure(binary, ['-quiet', 'ptar', ...plaintext, '-o', archive, folder], env);
}

/** @param commands with their arguments, as the shell reads them */
async function readArchive(
  binary: string,
  archive: string,
  { work }: Pick<Task, 'work'>,
  commands: readonly string[],
): Promise<Measurement> {
  const env = await newHome(binary, work);
  const lines = commands.map((command) => `"$PLAKAR" -quiet at "ptar://$ARCHIVE" ${command}`);
  const script = `${WITH_DAEMON}${lines.join(' && ')}`;
  return measure('bash', ['-c', script], { ...env, PLAKAR: binary, ARCHIVE: archive });
}

/** The environment of one run: empty folders for all that Plakar keeps, and no searching for updates. */
async function newHome(binary: string, work: string): Promise<Record<string, string>> {
  const home = newFolder(path.join(work, 'home'));
  const env = {
    HOME: home,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_DATA_HOME: path.join(home, 'data'),
    TMPDIR: newFolder(path.join(home, 'temporary')),
    PLAKAR_PASSPHRASE: PASSPHRASE,
    // With one, what was done would be reported to its maker.
    PLAKAR_TOKEN: '',
  };
  await measure(binary, ['-disable-security-check'], env);
  return env;
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
