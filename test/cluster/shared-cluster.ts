/**
 * One cluster for all suites of a test run that do not mind each other: started when the first asks for it, removed at the end. A suite
 * works in namespaces of its own, named after it.
 *
 * Import it statically: the hook that ends the cluster belongs to mocha's root suite.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCluster, type TestCluster } from './harness.ts';

let shared: Promise<TestCluster> | undefined;

/** The cluster of this process, with a kwok node. Declare `requirement('cluster')` before, which builds what it needs. */
export function sharedCluster(): Promise<TestCluster> {
  shared ??= mkdtemp(path.join(tmpdir(), 'ptar-cluster-')).then((directory) =>
    startCluster({ directory, kwok: true }),
  );
  return shared;
}

after(async function () {
  this.timeout(60_000);
  await (await shared?.catch(() => undefined))?.remove();
});
