/**
 * `npx tsx bench/diff.ts [--objects 10000] [--rounds 3] [--built]`: differences of archives and of folders beside only reading both sides (every
 * object listed, verified and parsed), in CPU time, in the same run, alternating, and the memory of the command. Prints ratios and PASS or FAIL; exits
 * with 1 at a FAIL.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { captureSources } from '../src/operations/capture.ts';
import { diffObjects } from '../src/operations/diff-objects.ts';
import { snapshotSide, sourceSide, type DiffSide } from '../src/operations/diff-side.ts';
import { openArchiveFile } from '../src/operations/open-archive.ts';
import { releaseSet } from '../test/operations/release-set.ts';
import { measure } from './measured-run.ts';

/** As long as reading both sides, twice. */
const RATIO_MAX = 2;
const MEMORY_MAX = 512e6;
const OBJECTS_PER_SERVICE = 20;
/** One object in so many differs, where only some do. */
const CHANGED_EVERY = 100;

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    built: { type: 'boolean', default: false },
  },
});
const services = Math.ceil(Number(values.objects) / OBJECTS_PER_SERVICE);
const rounds = Number(values.rounds);
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(path.join(os.tmpdir(), 'ptar-diff-bench-'));

interface Case {
  readonly name: string;
  readonly sides: readonly [() => Promise<OpenSide>, () => Promise<OpenSide>];
  readonly words: readonly [string, string];
}

interface OpenSide {
  readonly side: DiffSide;
  readonly close: () => Promise<void>;
}

try {
  await run();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function run(): Promise<void> {
  if (!values.built) await measure('npm', ['run', '--silent', 'build']);
  writeSet('same', () => false);
  writeSet('some', (index) => index % CHANGED_EVERY === 0);
  writeSet('all', () => true);
  for (const name of ['same', 'some', 'all']) await capture(name);
  print(
    `Node ${process.version}, ${os.cpus().length} CPUs, ${services * OBJECTS_PER_SERVICE} objects a side, best of ${rounds}`,
  );
  for (const [title, kind] of [
    ['two archives', archive],
    ['two folders', folder],
  ] as const) {
    for (const other of ['some', 'all']) {
      const sides = [kind('same'), kind(other)] as const;
      await bench({
        name: `${title}, ${other} objects changed`,
        sides: [sides[0].open, sides[1].open],
        words: [sides[0].word, sides[1].word],
      });
    }
  }
}

async function bench({ name, sides, words }: Case): Promise<void> {
  const times = { read: [] as number[], diff: [] as number[] };
  let changes = 0;
  for (let round = 0; round < rounds; round++) {
    times.read.push(await timed(() => readBoth(sides)));
    times.diff.push(await timed(async () => void (changes = await diffBoth(sides))));
  }
  const [read, diff] = [Math.min(...times.read), Math.min(...times.diff)];
  const command = [path.join(root, 'dist/cli.js'), 'diff', ...words, '--detail'];
  // The command says in its exit code that there are differences.
  const { memoryBytes } = await measure(process.execPath, command, {}, [0, 1]);
  print(
    `${name}: ${changes} changes; read both ${ms(read)}, diff ${ms(diff)}, command peak ${mb(memoryBytes)}`,
  );
  verdict(`diff / reading = ${(diff / read).toFixed(2)}, at most ${RATIO_MAX}`, diff / read <= RATIO_MAX);
  verdict(`peak memory ${mb(memoryBytes)}, below ${mb(MEMORY_MAX)}`, memoryBytes < MEMORY_MAX);
}

async function readBoth(sides: Case['sides']): Promise<void> {
  for (const open of sides) {
    const { side, close } = await open();
    for await (const object of side.objects()) {
      if ('problem' in object) throw new Error(object.problem);
      await object.read();
    }
    await close();
  }
}

async function diffBoth(sides: Case['sides']): Promise<number> {
  const [before, after] = [await sides[0](), await sides[1]()];
  let count = 0;
  for await (const change of diffObjects(before.side, after.side)) {
    if ('problem' in change) throw new Error(change.problem);
    count += 1;
  }
  await before.close();
  await after.close();
  return count;
}

function writeSet(name: string, isChanged: (index: number) => boolean): void {
  const folderPath = path.join(work, name);
  mkdirSync(folderPath);
  let index = 0;
  for (let service = 0; service < services; service++) {
    const text = releaseSet(`team-${service % 50}`, 1)
      .replaceAll('service-0', `service-${service}`)
      .split('---\n')
      .map((document) =>
        isChanged(index++) ? document.replace('managed-by: Helm', 'managed-by: somebody') : document,
      )
      .join('---\n');
    writeFileSync(path.join(folderPath, `${service}.yaml`), text);
  }
}

async function capture(name: string): Promise<void> {
  await captureSources({
    sources: [`manifests:${path.join(work, name)}`],
    archivePath: path.join(work, `${name}.ptar`),
    encryption: () => Promise.resolve('plaintext'),
  });
}

function archive(name: string): { word: string; open: () => Promise<OpenSide> } {
  const file = path.join(work, `${name}.ptar`);
  const open = async (): Promise<OpenSide> => {
    const reader = await openArchiveFile(file);
    const [snapshot] = await reader.snapshots();
    if (snapshot === undefined) throw new Error('one snapshot was captured');
    return { side: snapshotSide(snapshot, file, file), close: () => reader.close() };
  };
  return { word: file, open };
}

function folder(name: string): { word: string; open: () => Promise<OpenSide> } {
  const uri = `manifests:${path.join(work, name)}`;
  const open = (): Promise<OpenSide> =>
    Promise.resolve({ side: sourceSide(uri, {}), close: () => Promise.resolve() });
  return { word: uri, open };
}

async function timed(task: () => Promise<void>): Promise<number> {
  const begun = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function verdict(text: string, isPass: boolean): void {
  print(`  ${isPass ? 'PASS' : 'FAIL'}  ${text}`);
  if (!isPass) process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
