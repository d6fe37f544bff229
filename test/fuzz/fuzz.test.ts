/**
 * A short, repeatable run of every fuzz target, and every input that ever crashed one. Long runs: `npx tsx scripts/fuzz.ts`.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Fuzzer, type FuzzTarget } from './fuzzer.ts';
import { type Instrumented, instrument } from './instrumentation.ts';
import { seedsOf, tokens } from './seeds.ts';
import type * as Targets from './targets.ts';
import { isExpected, targets, type TargetName } from './targets.ts';

const regressions = path.join(import.meta.dirname, 'regressions');

/** Executions, and the branches that they reach at the least: a target that reaches less has lost its way in. */
const RUNS: Readonly<Record<TargetName, readonly [executions: number, reachedMin: number]>> = {
  container: [4000, 15],
  configuration: [1000, 170],
  state: [3000, 25],
  packfileIndex: [4000, 7],
  tree: [1000, 140],
  lz4: [1500, 60],
  gzip: [2000, 10],
  msgpack: [1000, 60],
  records: [1000, 170],
  tar: [1000, 60],
  archive: [400, 500],
  forged: [300, 500],
  blobs: [500, 350],
  salvage: [150, 500],
  parity: [300, 60],
};

describe('fuzzing', () => {
  describe('inputs that crashed once', () => {
    for (const file of readdirSync(regressions).filter((name) => name.endsWith('.txt'))) {
      it(file, async () => {
        const target = file.slice(0, file.lastIndexOf('-')) as TargetName;
        const input = Uint8Array.from(
          Buffer.from(readFileSync(path.join(regressions, file), 'utf8'), 'base64'),
        );
        const fuzzer = new Fuzzer(
          { run: targets[target], isExpected, hits: new Uint32Array(), seeds: [], tokens },
          1,
        );
        assert.equal(await fuzzer.execute(input), undefined);
      });
    }
  });

  describe('short runs', () => {
    let instrumented: Instrumented<typeof Targets>;
    before(async () => {
      instrumented = await instrument<typeof Targets>(
        'test/fuzz/targets.ts',
        /^src\/(format|connectors\/tar)\//,
      );
    });

    for (const [name, [executions, reachedMin]] of Object.entries(RUNS)) {
      it(name, async () => {
        const { module, hits } = instrumented;
        const target: FuzzTarget = {
          run: module.targets[name as TargetName],
          isExpected: module.isExpected,
          hits,
          seeds: await seedsOf(name as TargetName),
          tokens,
        };
        const report = await new Fuzzer(target, 20_240_601).run((done) => done >= executions);
        const problems = report.crashes.map(
          ({ problem, input }) => `${problem}: ${Buffer.from(input).toString('base64').slice(0, 2000)}`,
        );
        assert.deepEqual(problems, []);
        assert.ok(report.reached.length >= reachedMin, `only ${report.reached.length} branches`);
      });
    }
  });
});
