/** Aggregated and classic discovery of a real API server tell the same. */
import assert from 'node:assert/strict';
import type { ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import {
  discoverResources,
  openClusterClient,
  preferredResources,
} from '../../../src/connectors/cluster-client/index.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';

describe('discovery', function () {
  this.timeout(120_000);
  let client: ClusterClient;

  before(requirement('cluster'));
  before(async () => {
    client = await openClusterClient({ kubeconfig: (await sharedCluster()).kubeconfig });
  });
  after(() => client.close());

  it('is the same with and without aggregation', async () => {
    // As a server answers that knows nothing of aggregated discovery.
    const classic = new Proxy(client, {
      get: (target, key) =>
        key === 'json'
          ? ({ path }: { path: string }) => target.json({ path })
          : (Reflect.get(target, key) as unknown),
    });
    const [aggregated, plain] = [await discoverResources(client), await discoverResources(classic)];
    const sorted = (resources: readonly { group: string; version: string; plural: string }[]): unknown =>
      resources
        .map((resource) =>
          JSON.stringify(resource, ['group', 'version', 'kind', 'plural', 'namespaced', 'singular']),
        )
        .sort();
    assert.deepEqual(sorted(aggregated.resources), sorted(plain.resources));
    assert.deepEqual(sorted(preferredResources(aggregated)), sorted(preferredResources(plain)));
    assert.deepEqual([aggregated.failures, plain.failures], [[], []]);
  });

  it('prefers one version of a resource', async () => {
    const preferred = preferredResources(await discoverResources(client));
    const scalers = preferred.filter((resource) => resource.plural === 'horizontalpodautoscalers');
    assert.deepEqual(
      scalers.map((resource) => resource.version),
      ['v2'],
    );
    const deployments = preferred.find((resource) => resource.plural === 'deployments');
    assert.deepEqual(deployments?.subresources.toSorted(), ['scale', 'status']);
    assert.deepEqual(deployments.shortNames, ['deploy']);
  });
});
