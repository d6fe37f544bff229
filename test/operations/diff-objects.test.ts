import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffObjects, type DiffOptions, type ObjectChange } from '../../src/operations/diff-objects.ts';
import { snapshotSide, sourceSide, type DiffSide } from '../../src/operations/diff-side.ts';
import { unifiedLines } from '../../src/operations/diff-unified.ts';
import { stringifyJson } from '../../src/resources/json-text.ts';
import { jsonFrom } from '../../src/resources/json-value.ts';
import { formatIdentity } from '../../src/resources/object-path.ts';
import { captureShop, SECRET_VALUE, type ShopArchive } from './shop-archive.ts';

async function changesOf(before: DiffSide, after: DiffSide, options?: DiffOptions): Promise<ObjectChange[]> {
  const changes: ObjectChange[] = [];
  for await (const change of diffObjects(before, after, options)) {
    assert.ok(!('problem' in change), 'problem' in change ? change.problem : '');
    changes.push(change);
  }
  return changes;
}

function names(changes: readonly ObjectChange[]): string[] {
  return changes.map(({ change, identity }) => `${change} ${formatIdentity(identity)}`).sort();
}

describe('difference of two sides', () => {
  let shop: ShopArchive;
  let folder: string;
  before(async () => {
    shop = await captureShop();
  });
  after(() => shop.remove());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-diff-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function manifests(name: string, text: string): Promise<DiffSide> {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'all.yaml'), text);
    return sourceSide(`manifests:${join(folder, name)}`, {});
  }

  it('is the same for snapshots and manifests, whichever comes first', async () => {
    const expected = [
      'added deployment.apps/api',
      'changed deployment.apps/web',
      'removed deployment.apps/worker',
    ];
    const stored = [snapshotSide(shop.before, 'a', '1'), snapshotSide(shop.after, 'a', '2')] as const;
    const streamed = ['before', 'after'].map((name) =>
      sourceSide(`manifests:${join(shop.folder, name)}`, {}),
    );
    for (const older of [stored[0], streamed[0]]) {
      for (const newer of [stored[1], streamed[1]]) {
        assert.ok(older !== undefined && newer !== undefined);
        assert.deepEqual(names(await changesOf(older, newer)), expected);
      }
    }
    assert.deepEqual(await changesOf(stored[0], stored[0]), []);
  });

  it('matches an object that was read in another version', async () => {
    const hpa = (version: string): string =>
      `{apiVersion: autoscaling/${version}, kind: HorizontalPodAutoscaler, metadata: {name: h, namespace: shop}}`;
    const changes = await changesOf(await manifests('a', hpa('v1')), await manifests('b', hpa('v2')));
    assert.deepEqual(
      changes.map(({ change, changes: inner }) => [change, inner.map(({ label }) => label)]),
      [['changed', ['apiVersion']]],
    );
  });

  it('names the changed keys of Secrets and no value, in any form', async () => {
    const secret = (value: string, more: string): string =>
      `{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop${more}}, data: {password: ${value}, user: YWRtaW4=}}`;
    const other = Buffer.from('another-password').toString('base64');
    const applied = JSON.stringify({ kind: 'Secret', data: { password: other } });
    const [change] = await changesOf(
      await manifests('a', secret(SECRET_VALUE, '')),
      await manifests(
        'b',
        secret(
          other,
          `, annotations: {kubectl.kubernetes.io/last-applied-configuration: ${JSON.stringify(applied)}}`,
        ),
      ),
      { allFields: true },
    );
    assert.ok(change?.isHidden);
    assert.deepEqual(
      change.changes.map(({ label }) => label).filter((label) => label.startsWith('data')),
      ['data.password'],
    );
    const text = stringifyJson(jsonFrom({ ...change }));
    for (const value of [SECRET_VALUE, other, 'another-password', 'hunter2']) {
      assert.ok(!text.includes(value));
    }
  });

  it('tells what controllers made from what people changed', async () => {
    const pod = (name: string): string =>
      `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {pod-template-hash: abc},
        ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-abc, uid: u, controller: true}]}}`;
    const node = (zone: string): string =>
      `{apiVersion: v1, kind: Node, metadata: {name: a, labels: {zone: ${zone}}}}`;
    const changes = await changesOf(
      await manifests('a', `${pod('web-abc-1')}\n---\n${node('x')}`),
      await manifests('b', `${pod('web-abc-2')}\n---\n${node('y')}`),
    );
    const told = changes.filter(({ churn }) => churn === undefined);
    assert.deepEqual(names(told), ['changed node/a']);
    const left = changes.filter(({ churn }) => churn !== undefined);
    assert.deepEqual(new Set(left.map(({ owner }) => owner)), new Set(['Deployment/web']));
  });

  it('knows the lists of custom kinds from a definition on either side', async () => {
    const definition = `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.x.example},
      spec: {group: x.example, scope: Namespaced, names: {kind: Thing, plural: things}, versions: [{name: v1, served: true, storage: true,
      schema: {openAPIV3Schema: {properties: {spec: {properties: {tags: {type: array, x-kubernetes-list-type: set}}}}}}}]}}`;
    const thing = (tags: string): string =>
      `{apiVersion: x.example/v1, kind: Thing, metadata: {name: t, namespace: shop}, spec: {tags: ${tags}}}`;
    const older = await manifests('a', thing('[a, b]'));
    const newer = await manifests('b', `${thing('[b, a]')}\n---\n${definition}`);
    assert.deepEqual(names(await changesOf(older, newer)), [
      'added customresourcedefinition.apiextensions.k8s.io/things.x.example',
    ]);
  });
});

describe('status of custom kinds', () => {
  it('counts where the definition has no subresource for it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptar-diff-'));
    try {
      const definition = (version: string): string =>
        `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: ${version}.x.example},
          spec: {group: x.example, scope: Namespaced, names: {kind: Thing, plural: things}, versions: [
            {name: v1, served: true, storage: true${version === 'plain' ? '' : ', subresources: {status: {}}'}}]}}`;
      const thing = (phase: string): string =>
        `{apiVersion: x.example/v1, kind: Thing, metadata: {name: t, namespace: shop}, status: {phase: ${phase}}}`;
      const side = async (name: string, ...documents: string[]): Promise<DiffSide> => {
        await writeFile(join(folder, `${name}.yaml`), documents.join('\n---\n'));
        return sourceSide(`manifests:${join(folder, `${name}.yaml`)}`, {});
      };
      for (const [kind, expected] of [
        ['plain', ['changed thing.x.example/t']],
        ['split', []],
      ] as const) {
        const before = await side('before', definition(kind), thing('a'));
        const after = await side('after', definition(kind), thing('b'));
        assert.deepEqual(names(await changesOf(before, after)), expected);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('unified lines', () => {
  it('show three lines around, and join what is near', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `${index}`);
    const changed = lines.map((line) => (line === '5' || line === '10' ? `${line}!` : line));
    const result = unifiedLines(`${lines.join('\n')}\n`, `${changed.join('\n')}\n`);
    assert.equal(result[0], '@@ -3,12 +3,12 @@');
    assert.deepEqual(result.slice(4, 6), ['-5', '+5!']);
    assert.equal(result.length, 1 + 12 + 2);
    assert.deepEqual(unifiedLines('', 'a\n'), ['@@ -0,0 +1 @@', '+a']);
    assert.deepEqual(unifiedLines('a\n', 'a\n'), []);
  });
});
