/**
 * `npm run bench [-- --small]`: ptar beside the reference program on the same folder, in the same run. Times of encrypted archives
 * are without the derivation of the key, which is slow on purpose and the same on both sides.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodePrimitives } from '../src/platform/node/primitives.ts';
import { buildGoModule } from '../scripts/go-build.ts';
import { writeManifests } from './corpus.ts';
import { measure, type Measurement } from './measured-run.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const passphrase = 'correct horse battery staple';

interface Row {
  readonly what: string;
  readonly ours: Measurement;
  readonly theirs: Measurement;
  readonly note?: string;
}

const { values } = parseArgs({ options: { small: { type: 'boolean', default: false } } });
const counts = values.small ? [2_000] : [20_000, 100_000];
const work = mkdtempSync(path.join(os.tmpdir(), 'ptar-bench-'));
try {
  const reference = await referenceProgram();
  const keyMs = await keyDerivationMs();
  print(
    `Node ${process.version}, ${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}; key derivation ${keyMs.toFixed(0)} ms, left out`,
  );
  for (const count of counts) {
    const folder = path.join(work, `manifests-${count}`);
    const size = writeManifests(folder, count);
    for (const encrypted of [false, true]) {
      print(`\n${count} manifests, ${(size / 1e6).toFixed(1)} MB, ${encrypted ? 'encrypted' : 'plaintext'}`);
      report(await compare(reference, folder, encrypted, encrypted ? keyMs : 0));
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function compare(reference: string, folder: string, encrypted: boolean, keyMs: number): Promise<Row[]> {
  const env = { PTAR_PASSPHRASE: passphrase };
  const [ourFile, theirFile] = [path.join(work, 'ours.ptar'), path.join(work, 'theirs.ptar')];
  const [ourTarget, theirTarget] = [path.join(work, 'ours'), path.join(work, 'theirs')];
  const plaintext = encrypted ? [] : ['--plaintext'];
  const ours = async (...args: string[]): Promise<Measurement> =>
    less(await measure(process.execPath, [path.join(root, 'dist/cli.js'), ...args], env), keyMs);
  const theirs = async (...args: string[]): Promise<Measurement> => {
    const measured = await measure(reference, args, env);
    const timings = /"keyDerivationMs":(\d+)/.exec(measured.stdout.slice(-200));
    return less(measured, Number(timings?.[1] ?? 0));
  };
  const rows = [
    {
      what: 'create',
      ours: await ours('create', '-o', ourFile, ...plaintext, folder),
      theirs: await theirs('write', ...plaintext, theirFile, folder),
      note: `size ${mb(ourFile)} / ${mb(theirFile)} MB`,
    },
    { what: 'check', ours: await ours('check', ourFile), theirs: await theirs('check', theirFile) },
    {
      what: 'list',
      ours: await ours('ls', '-R', '-o', 'name', ourFile, '/'),
      theirs: await theirs('walk', '--without-digest', theirFile),
    },
    {
      what: 'extract',
      ours: await ours('extract', ourFile, '--to', ourTarget),
      theirs: await theirs('restore', theirFile, theirTarget),
    },
  ];
  for (const target of [ourFile, theirFile, ourTarget, theirTarget]) {
    rmSync(target, { recursive: true, force: true });
  }
  return rows;
}

/** The measurement without the key's derivation. */
function less(measurement: Measurement, keyMs: number): Measurement {
  return { ...measurement, wallMs: measurement.wallMs - keyMs, cpuMs: measurement.cpuMs - keyMs };
}

function report(rows: readonly Row[]): void {
  print('            ptar   reference      ratio   ptar CPU, peak    reference CPU, peak');
  for (const { what, ours, theirs, note } of rows) {
    const ratio = theirs.wallMs / ours.wallMs;
    print(
      `${what.padEnd(8)}${seconds(ours)}  ${seconds(theirs)}  ${ratio.toFixed(2).padStart(8)}×   ${usage(ours)}   ${usage(theirs)}   ${note ?? ''}`,
    );
  }
}

function seconds({ wallMs }: Measurement): string {
  return `${(wallMs / 1000).toFixed(2)} s`.padStart(9);
}

function usage({ cpuMs, memoryBytes }: Measurement): string {
  return `${(cpuMs / 1000).toFixed(2)} s, ${(memoryBytes / 1e6).toFixed(0)} MB`.padStart(16);
}

function mb(file: string): string {
  return (statSync(file).size / 1e6).toFixed(2);
}

async function keyDerivationMs(): Promise<number> {
  const cost = {
    kdf: 'ARGON2ID',
    salt: new Uint8Array(16),
    iterations: 4,
    memoryKiB: 262_144,
    parallelism: 1,
    keyLength: 32,
  } as const;
  const begun = performance.now();
  await nodePrimitives.deriveKey(cost, Buffer.from(passphrase));
  return performance.now() - begun;
}

async function referenceProgram(): Promise<string> {
  await measure('npm', ['run', '--silent', 'build'], {});
  return buildGoModule({ directory: path.join(root, 'test/interop') });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
