/** The index over hostile and damaged objects, and what it costs. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchiveReader } from '../../src/format/index.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { indexObjects, type IndexedObject, type ObjectIndex } from '../../src/operations/object-index.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { formatIdentity } from '../../src/resources/object-path.ts';

const owner = (kind: string, name: string, uid: string): string =>
  `{apiVersion: example.com/v1, kind: ${kind}, name: ${name}, uid: ${uid}}`;
const MANIFESTS = [
  // Two that own each other, and a third that says it is owned by one that has been made anew.
  `apiVersion: example.com/v1\nkind: Ring\nmetadata: {name: a, namespace: shop, uid: ua, ownerReferences: [${owner('Ring', 'b', 'ub')}]}`,
  `apiVersion: example.com/v1\nkind: Ring\nmetadata: {name: b, namespace: shop, uid: ub, ownerReferences: [${owner('Ring', 'a', 'ua')}]}`,
  `apiVersion: example.com/v1\nkind: Ring\nmetadata: {name: c, namespace: shop, uid: uc, ownerReferences: [${owner('Ring', 'a', 'gone')}]}`,
  // A cluster-scoped owner of a custom kind.
  `apiVersion: example.com/v1\nkind: Fleet\nmetadata: {name: f, uid: uf}`,
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: shop, uid: um, ownerReferences: [${owner('Fleet', 'f', 'uf')}]}`,
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, uid: up, labels: {app: p}}\nspec: {serviceAccount: robot, serviceAccountName: robot, containers: [{name: c, envFrom: [{configMapRef: {name: m}}, {secretRef: {name: nowhere}}]}]}`,
  `apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop, uid: us}\nspec: {selector: {app: p}}`,
  `apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: other, uid: ut}\nspec: {selector: {app: p}}`,
];

describe('the index of objects', () => {
  let folder: string;
  let archive: ArchiveReader;
  let index: ObjectIndex;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-index-'));
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'in', 'all.yaml'), MANIFESTS.join('\n---\n'));
    const path = join(folder, 'a.ptar');
    await captureSources({
      sources: [`manifests:${folder}/in`],
      archivePath: path,
      encryption: () => Promise.resolve('plaintext'),
    });
    archive = await openArchiveFile(path);
    const [snapshot] = await archive.snapshots();
    assert.ok(snapshot);
    index = await indexObjects(snapshot);
  });
  after(async () => {
    await archive.close();
    await rm(folder, { recursive: true, force: true });
  });

  function find(kind: string, name: string, namespace: string | undefined, group = ''): IndexedObject {
    const object = index.find({ group, kind, namespace, name });
    assert.ok(object, `${kind}/${name}`);
    return object;
  }

  it('follows circles of owners once, and owners only while they are the same', () => {
    const tree = index.ownerTree(find('Ring', 'a', 'shop', 'example.com'));
    assert.deepEqual([tree.owned.map(({ object }) => object.name), tree.owned[0]?.owned.length], [['b'], 0]);
    const [lost] = index.owners(find('Ring', 'c', 'shop', 'example.com'));
    assert.ok(lost);
    assert.equal(lost.object, undefined);
    assert.ok(index.ownerChain(find('Ring', 'a', 'shop', 'example.com')).length <= 32);
  });

  it('finds cluster-scoped owners of custom kinds', () => {
    const [fleet] = index.owners(find('ConfigMap', 'm', 'shop'));
    assert.equal(fleet?.object?.name, 'f');
    assert.deepEqual(
      index.ownerTree(find('Fleet', 'f', undefined, 'example.com')).owned.map(({ object }) => object.name),
      ['m'],
    );
  });

  it('has references and selectors in both directions, within their namespace', () => {
    const names = (links: ReturnType<ObjectIndex['referencesTo']>): string[] =>
      links
        .map(({ other, object }) => `${formatIdentity(other)}${object === undefined ? ' missing' : ''}`)
        .sort();
    const pod = find('Pod', 'p', 'shop');
    assert.deepEqual(names(index.referencesFrom(pod)), [
      'configmap/m',
      'secret/nowhere missing',
      'serviceaccount/robot missing',
    ]);
    assert.deepEqual(names(index.referencesTo(pod)), ['service/s']);
    assert.deepEqual(names(index.referencesFrom(find('Service', 's', 'shop'))), ['pod/p']);
    assert.deepEqual(names(index.referencesFrom(find('Service', 's', 'other'))), []);
    assert.deepEqual(names(index.referencesTo(find('ConfigMap', 'm', 'shop'))), ['pod/p']);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(indexObjects(index.snapshot, { signal: controller.signal }), { code: 'CANCELLED' });
  });
});
