/**
 * A capture is one moment: while a writer sets A := n and then B := n for ever, on objects of different kinds, every capture has
 * A − B ∈ {0, 1}. The same test over plain lists fails, which shows that it can.
 */
import assert from 'node:assert/strict';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import { KubernetesImporter } from '../../../src/connectors/kubernetes/importer.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';

const NAMESPACE = 'k8s-consistency';
const A = { collection: `/api/v1/namespaces/${NAMESPACE}/configmaps`, name: 'a' };
// Far from ConfigMaps in the order of discovery, so that plain lists of both are made at different times.
const B = { collection: '/apis/scheduling.k8s.io/v1/priorityclasses', name: 'k8s-consistency-b' };
const EXACT_CAPTURES = 100;
const PLAIN_CAPTURES_MAX = 200;

describe('consistency of a capture', function () {
  this.timeout(180_000);
  let client: ClusterClient;
  let kubeconfig: string;
  const writer = { stopped: false, written: 0, ended: Promise.resolve() };

  before(requirement('cluster'));
  before(async () => {
    kubeconfig = (await sharedCluster()).kubeconfig;
    client = await openClusterClient({ kubeconfig });
    await create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await create(A.collection, { metadata: { name: A.name, annotations: { count: '0' } } });
    await create(B.collection, { value: 1, metadata: { name: B.name, annotations: { count: '0' } } });
    writer.ended = (async () => {
      for (let n = 1; !writer.stopped; n++) {
        for (const { collection, name } of [A, B]) {
          await client.text({
            method: 'PATCH',
            path: `${collection}/${name}`,
            contentType: 'application/merge-patch+json',
            body: JSON.stringify({ metadata: { annotations: { count: String(n) } } }),
          });
        }
        writer.written = n;
      }
    })();
  });
  after(async () => {
    writer.stopped = true;
    await writer.ended;
    await client.text({ method: 'DELETE', path: `${B.collection}/${B.name}` });
    await client.text({ method: 'DELETE', path: `/api/v1/namespaces/${NAMESPACE}` });
    await client.close();
  });

  async function create(path: string, object: unknown): Promise<void> {
    await client.text({ method: 'POST', path, body: JSON.stringify(object) });
  }

  /** A − B in one capture. */
  async function difference(exact: boolean): Promise<number> {
    const importer = new KubernetesImporter(await openClusterClient({ kubeconfig }), {}, exact);
    const counts = new Map<string, number>();
    for await (const record of importer.records({})) {
      if ('error' in record || !record.content) continue;
      const name = [A, B].find((object) => record.path.endsWith(`/${object.name}.yaml`))?.name;
      if (name === undefined) continue;
      const [yaml] = [...(record.content() as Iterable<Uint8Array>)];
      counts.set(name, Number(/^ {4}count: "(\d+)"$/m.exec(Buffer.from(yaml ?? []).toString())?.[1]));
    }
    if (exact) assert.equal(new Map(importer.context()).get('kubernetes.consistency'), 'exact');
    await importer.close();
    const difference = (counts.get(A.name) ?? Number.NaN) - (counts.get(B.name) ?? Number.NaN);
    assert.ok(Number.isInteger(difference), 'both objects were captured');
    return difference;
  }

  it('holds over all kinds in every capture', async function () {
    this.timeout(10 * 60_000);
    const start = writer.written;
    for (let capture = 0; capture < EXACT_CAPTURES; capture++) {
      const torn = await difference(true);
      assert.ok(torn === 0 || torn === 1, `A − B is ${torn}`);
    }
    assert.ok(writer.written > start + EXACT_CAPTURES, 'the writer went on meanwhile');
  });

  it('does not hold over plain lists, so this test can fail', async () => {
    for (let capture = 0; capture < PLAIN_CAPTURES_MAX; capture++) {
      const torn = await difference(false);
      if (torn !== 0 && torn !== 1) return;
    }
    assert.fail('no torn capture: the test proves nothing here');
  });
});
