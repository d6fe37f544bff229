/**
 * `npx tsx bench/history.ts [--objects 10000] [--snapshots 5]`: the history of one object, and of a kind, over snapshots of one archive, beside
 * reading what they are of. Prints CPU times and PASS or FAIL; exits with 1 at a FAIL.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { captureSources } from '../src/operations/capture.ts';
import { statesHistory, snapshotState, type ClusterState } from '../src/operations/history.ts';
import type { ObjectQuery } from '../src/operations/object-catalogue.ts';
import { openArchiveFile } from '../src/operations/open-archive.ts';
import { releaseSet } from '../test/operations/release-set.ts';

const OBJECTS_PER_SERVICE = 20;
/** Part of the time that reading every object of every snapshot takes. */
const ONE_RATIO_MAX = 0.05;
const ALL_RATIO_MAX = 1;

const { values } = parseArgs({
  options: { objects: { type: 'string', default: '10000' }, snapshots: { type: 'string', default: '5' } },
});
const services = Math.ceil(Number(values.objects) / OBJECTS_PER_SERVICE);
const count = Number(values.snapshots);
const work = mkdtempSync(path.join(os.tmpdir(), 'ptar-history-bench-'));
try {
  const file = path.join(work, 'bench.ptar');
  const sources = Array.from({ length: count }, (_, index) => `manifests:${writeSet(index)}`);
  await captureSources({ sources, archivePath: file, encryption: () => Promise.resolve('plaintext') });
  const archive = await openArchiveFile(file);
  const states = (await archive.snapshots()).map((snapshot) => snapshotState(snapshot, file));
  print(`Node ${process.version}, ${count} snapshots of ${services * OBJECTS_PER_SERVICE} objects, CPU time`);
  const read = await timed(() => readAll(states));
  const one = await timed(() =>
    followed(states, [{ namespace: 'team-0', kind: 'deploy', name: 'service-0' }]),
  );
  const all = await timed(() => followed(states, []));
  await archive.close();
  print(`read all of all ${ms(read.time)}; history of one object ${ms(one.time)}, of all ${ms(all.time)}`);
  print(`entries: ${one.result} and ${all.result}`);
  verdict(
    `one / reading = ${(one.time / read.time).toFixed(3)}, at most ${ONE_RATIO_MAX}`,
    one.time / read.time <= ONE_RATIO_MAX,
  );
  verdict(
    `all / reading = ${(all.time / read.time).toFixed(2)}, at most ${ALL_RATIO_MAX}`,
    all.time / read.time <= ALL_RATIO_MAX,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The same objects, with another number of replicas in one Deployment of ten. */
function writeSet(snapshot: number): string {
  const folder = path.join(work, String(snapshot));
  mkdirSync(folder);
  for (let service = 0; service < services; service++) {
    const replicas = service % 10 === 0 ? snapshot + 2 : 2;
    const text = releaseSet(`team-${service % 50}`, 1)
      .replaceAll('service-0', `service-${service}`)
      .replaceAll('replicas: 2', `replicas: ${replicas}`);
    writeFileSync(path.join(folder, `${service}.yaml`), text);
  }
  return folder;
}

async function readAll(states: readonly ClusterState[]): Promise<number> {
  let objects = 0;
  for (const state of states) {
    for await (const object of state.objects([])) {
      await object.read();
      objects += 1;
    }
  }
  return objects;
}

async function followed(states: readonly ClusterState[], queries: readonly ObjectQuery[]): Promise<number> {
  let entries = 0;
  for await (const entry of statesHistory(states, { queries })) {
    if ('problem' in entry) throw new Error(entry.problem);
    entries += 1;
  }
  return entries;
}

async function timed<Result>(task: () => Promise<Result>): Promise<{ time: number; result: Result }> {
  const begun = process.cpuUsage();
  const result = await task();
  const { user, system } = process.cpuUsage(begun);
  return { time: (user + system) / 1000, result };
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function verdict(text: string, isPass: boolean): void {
  print(`  ${isPass ? 'PASS' : 'FAIL'}  ${text}`);
  if (!isPass) process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
