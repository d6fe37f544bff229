/** The sample cluster of `examples/`: it is read without errors, and a real cluster takes it back. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { openManifestsImporter } from '../../../src/connectors/manifests/importer.ts';
import type { EntryRecord } from '../../../src/format/source-record.ts';
import { leftOutReason } from '../../../src/resources/controller-made.ts';
import { stringifyJson } from '../../../src/resources/json-text.ts';
import { equalJson, stringAt, type JsonObject } from '../../../src/resources/json-value.ts';
import { formatIdentity, identityFromPath } from '../../../src/resources/object-path.ts';
import { compareForRestore } from '../../../src/resources/restore-order.ts';
import { cleanForRestore, comparable } from '../../../src/resources/runtime-fields.ts';
import { jsonFromYaml } from '../../../src/resources/yaml-parse.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';

async function objectsOf(state: 'before' | 'after'): Promise<Map<string, JsonObject>> {
  const folder = path.join(import.meta.dirname, '../../../examples/shop', state);
  const importer = await openManifestsImporter(folder);
  const objects = new Map<string, JsonObject>();
  for await (const record of importer.records({})) {
    assert.ok(!('error' in record), record.path);
    const [object] = jsonFromYaml(await textOf(record));
    assert.ok(object instanceof Map);
    objects.set(record.path, object);
  }
  return objects;
}

async function textOf(record: EntryRecord): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of record.content?.() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const nameOf = (objectPath: string): string => formatIdentity(identityFromPath(objectPath)!);

describe('the sample cluster', () => {
  it('holds what its README says has changed', async () => {
    const [before, after] = await Promise.all([objectsOf('before'), objectsOf('after')]);
    const wanted = (objects: Map<string, JsonObject>): string[] =>
      [...objects]
        .filter(([, object]) => leftOutReason(object) === undefined)
        .map(([objectPath]) => objectPath);
    const gone = wanted(before)
      .filter((objectPath) => !after.has(objectPath))
      .map(nameOf);
    const added = wanted(after)
      .filter((objectPath) => !before.has(objectPath))
      .map(nameOf);
    const changed = wanted(after)
      .filter((objectPath) => {
        const old = before.get(objectPath);
        return old !== undefined && !equalJson(comparable(old), comparable(after.get(objectPath)!));
      })
      .map(nameOf);
    assert.deepEqual(gone, ['deployment.apps/legacy-reports']);
    assert.deepEqual(added.sort(), [
      'deployment.apps/recommendations',
      'secret/sh.helm.release.v1.catalog.v5',
      'service/recommendations',
      'serviceaccount/recommendations',
    ]);
    assert.deepEqual(changed.sort(), [
      'configmap/catalog',
      'deployment.apps/catalog',
      'deployment.apps/checkout',
      'horizontalpodautoscaler.autoscaling/catalog',
      'rolebinding.rbac.authorization.k8s.io/till-operator',
      'secret/orders-db',
      'secret/sh.helm.release.v1.catalog.v4',
      'till.shop.example.com/berlin-1',
      'till.shop.example.com/oslo-1',
    ]);
  });

  it('leaves out what controllers make', async () => {
    const left = [...(await objectsOf('before'))]
      .filter(([, object]) => leftOutReason(object) !== undefined)
      .map(([objectPath]) => nameOf(objectPath));
    assert.deepEqual(left.sort(), [
      'configmap/kube-root-ca.crt',
      'event/catalog.18792d4f0c1a5b3e',
      'event/legacy-reports.18792d7aa90f1c02',
      'pod/catalog-6b7f9c5d48-x2lqv',
      'replicaset.apps/catalog-6b7f9c5d48',
      'serviceaccount/default',
    ]);
  });

  it('keeps the integers that doubles cannot hold', async () => {
    const till = (await objectsOf('before')).get('/shop/shop.example.com/Till/v1/berlin-1.yaml');
    assert.match(stringifyJson(till ?? null), /"serial":9007199254740993,.*"lastOrder":7205759403792793601/);
  });
});

describe('the sample cluster in a real one', function () {
  this.timeout(180_000);
  before(requirement('cluster'));

  it('is created in restore order, without what the cluster makes itself', async () => {
    const cluster = await sharedCluster();
    const objects = [...(await objectsOf('before'))]
      .filter(([, object]) => leftOutReason(object) === undefined)
      .map(([objectPath, object]) => ({
        identity: identityFromPath(objectPath)!,
        object: cleanForRestore(object),
      }))
      .sort((left, right) => compareForRestore(left.identity, right.identity));
    const isDefinition = (object: JsonObject): boolean =>
      stringAt(object, 'kind') === 'CustomResourceDefinition';
    const create = async (some: readonly JsonObject[]): Promise<string> =>
      cluster.kubectl(['create', '--filename=-'], some.map((object) => stringifyJson(object)).join('\n'));
    try {
      await create(objects.map(({ object }) => object).filter(isDefinition));
      await cluster.kubectl([
        'wait',
        '--for=condition=Established',
        '--timeout=30s',
        'crd/tills.shop.example.com',
      ]);
      const created = await create(
        objects.map(({ object }) => object).filter((object) => !isDefinition(object)),
      );
      assert.equal(created.trim().split('\n').length, objects.length - 1);
      const serial = await cluster.kubectl([
        'get',
        'till',
        'berlin-1',
        '--namespace=shop',
        '--output=jsonpath={.spec.serial}',
      ]);
      assert.equal(serial, '9007199254740993');
    } finally {
      await cluster.kubectl([
        'delete',
        '--ignore-not-found',
        '--wait=false',
        'namespace/shop',
        'crd/tills.shop.example.com',
        'clusterrole/system:shop:till-viewer',
        'clusterrolebinding/shop:auditors',
        'validatingwebhookconfiguration/tills.shop.example.com',
      ]);
    }
  });
});
