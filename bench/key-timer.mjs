/**
 * Loaded into ptar by the benchmarks (`node --import`): notes how long the key took, starts the peak of the memory anew behind it, and writes
 * both to the file that BENCH_NOTE names. Deriving the key is slow on purpose, the same on both sides, and no part of what is compared.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';

const { BENCH_NOTE } = process.env;
let keyMs = 0;
let keyCpuMs = 0;

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

if (BENCH_NOTE !== undefined && workerThreads.isMainThread) {
  const { Worker } = workerThreads;
  workerThreads.Worker = class extends Worker {
    constructor(file, options) {
      super(file, options);
      // The one worker that is a text derives the key.
      if (options?.eval !== true) return;
      const [begun, cpuBegun] = [performance.now(), cpuMs()];
      this.once('exit', () => {
        keyMs = performance.now() - begun;
        keyCpuMs = cpuMs() - cpuBegun;
        try {
          writeFileSync('/proc/self/clear_refs', '5');
        } catch {
          // Not Linux, or not permitted: the peak is that of the whole run.
        }
      });
    }
  };
  syncBuiltinESMExports();
  process.once('exit', () => {
    let memoryBytes = process.resourceUsage().maxRSS * 1024;
    try {
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'));
      memoryBytes = Number(peak?.[1] ?? 0) * 1024;
    } catch {
      // As above.
    }
    writeFileSync(BENCH_NOTE, JSON.stringify({ keyMs, keyCpuMs, memoryBytes }));
  });
}
