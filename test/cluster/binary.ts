/** The Go program of this folder: Kubernetes, etcd and kwok in one. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildGoModule } from '../../scripts/go-build.ts';

/** Builds it, where it is not there yet, and gives its path. Cold this takes about six minutes and 4 GB of Go's caches. */
export async function buildTestCluster(): Promise<string> {
  const goMod = await readFile(path.join(import.meta.dirname, 'go.mod'), 'utf8');
  const version = /^\tk8s\.io\/kubernetes (v\S+)$/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error('test/cluster/go.mod does not say which k8s.io/kubernetes');
  return buildGoModule({
    directory: import.meta.dirname,
    // Otherwise servers and kubectl take themselves for v0.0.0-master and warn of each other.
    linkerFlags: [`-X k8s.io/component-base/version.gitVersion=${version}`],
  });
}
