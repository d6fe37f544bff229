/** The thread of `scripts/fuzz.ts`: fuzzes one target and tells, before every input, which one is next. */
import { parentPort, workerData } from 'node:worker_threads';
import { Fuzzer } from './fuzzer.ts';
import { instrument } from './instrumentation.ts';
import { seedsOf, tokens } from './seeds.ts';
import type * as Targets from './targets.ts';

const { target, seconds, seed, shared } = workerData as {
  target: Targets.TargetName;
  seconds: number;
  seed: number;
  shared: SharedArrayBuffer;
};
const counters = new Uint32Array(shared, 0, 2);
const current = new Uint8Array(shared, 8);
const { module, hits, places } = await instrument<typeof Targets>(
  'test/fuzz/targets.ts',
  /^src\/(format|connectors\/tar)\//,
);
const fuzzer = new Fuzzer(
  { run: module.targets[target], isExpected: module.isExpected, hits, seeds: await seedsOf(target), tokens },
  seed,
);
const endMs = performance.now() + seconds * 1000;
const report = await fuzzer.run(
  () => performance.now() > endMs,
  (input) => {
    current.set(input);
    counters[1] = input.length;
    Atomics.add(counters, 0, 1);
  },
);
// Of files that have nothing to do with the target nobody wants to know.
const files = new Set(report.reached.map((counter) => places[counter]?.file));
const branches = places.filter(({ file }) => files.has(file)).length;
parentPort?.postMessage({ ...report, branches });
