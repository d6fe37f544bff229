/**
 * `npx tsx scripts/fuzz.ts [TARGET …] [--seconds N] [--seed N]`: fuzzes each target (all of them where none is named), 60 s each.
 *
 * Works in a thread of its own, so that an input that never ends is noticed. Crashing inputs become files in
 * `test/fuzz/regressions/`, which the tests run.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Crash, FuzzReport } from '../test/fuzz/fuzzer.ts';
import { INPUT_LENGTH_MAX } from '../test/fuzz/mutation.ts';

/** One input may take this long; the slowest of them take a fraction of a second. */
const HANG_MS = 20_000;
const regressions = path.join(import.meta.dirname, '../test/fuzz/regressions');

// Threads do not inherit the loader for TypeScript.
const BOOTSTRAP = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
  register();
  return import(${JSON.stringify(new URL('../test/fuzz/fuzz-worker.ts', import.meta.url).href)});
});`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now()) },
  },
});
const { targets } = await import('../test/fuzz/targets.ts');
const names = positionals.length > 0 ? positionals : Object.keys(targets);
let crashes = 0;
for (const name of names) {
  if (!Object.hasOwn(targets, name)) {
    throw new Error(`no target ${name}; there are ${Object.keys(targets).join(', ')}`);
  }
  crashes += await fuzz(name, Number(values.seconds), Number(values.seed) >>> 0);
}
process.exitCode = crashes > 0 ? 1 : 0;

/** @returns crashes found */
function fuzz(target: string, seconds: number, seed: number): Promise<number> {
  // Byte 0 to 3: how often an input has begun; 4 to 7: its length; then its bytes.
  const shared = new SharedArrayBuffer(8 + INPUT_LENGTH_MAX);
  const counters = new Uint32Array(shared, 0, 2);
  const worker = new Worker(BOOTSTRAP, { eval: true, workerData: { target, seconds, seed, shared } });
  let last = -1;
  let lastMs = performance.now();
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      const begun = Atomics.load(counters, 0);
      if (begun !== last || begun === 0) {
        last = begun;
        lastMs = performance.now();
      } else if (performance.now() - lastMs > HANG_MS) {
        const input = new Uint8Array(shared, 8, counters[1]).slice();
        void worker.terminate();
        clearInterval(watch);
        save(target, { input, problem: `no end within ${HANG_MS} ms` }).then(() => resolve(1), reject);
      }
    }, 500);
    worker.once('error', reject);
    worker.once('exit', () => clearInterval(watch));
    worker.once('message', (report: FuzzReport & { branches: number }) => {
      const share = Math.round((100 * report.reached.length) / report.branches);
      const coverage = `${report.reached.length} branches (${share} % of the files that were reached)`;
      console.log(
        `${target.padEnd(14)} ${report.executions} executions, ${coverage}, corpus ${report.corpus}, crashes ${report.crashes.length}, seed ${seed}`,
      );
      Promise.all(report.crashes.map((crash) => save(target, crash))).then(
        () => resolve(report.crashes.length),
        reject,
      );
    });
  });
}

async function save(target: string, { input, problem }: Crash): Promise<void> {
  const bytes = Buffer.from(input);
  const file = `${target}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.txt`;
  await writeFile(
    path.join(regressions, file),
    `${(bytes.toString('base64').match(/.{1,110}/g) ?? []).join('\n')}\n`,
  );
  console.error(`${target}: ${problem}\n  ${file}`);
}
