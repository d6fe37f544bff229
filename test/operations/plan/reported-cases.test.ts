/** What users of another backup tool asked for, each case as it was reported there (vmware-tanzu/velero). */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../../src/errors.ts';
import { captureSources, type CaptureResult } from '../../../src/operations/capture.ts';
import { applyPlan } from '../../../src/operations/plan/apply-plan.ts';
import { resumeRestore } from '../../../src/operations/plan/resume.ts';
import { mappingOfPlan, mappingTransformOf } from '../../../src/operations/transfer/mapping-transform.ts';
import { stringAt } from '../../../src/resources/json-value.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { finished, itemNamed, object, RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'plan-cases';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const GROUP = 'plan-cases.example.com';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const APPS = `/apis/apps/v1/namespaces/${NAMESPACE}`;

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'x' }] } };
const deployment = (replicas: number): object => ({
  metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
});
const configMap = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, ...more },
  data: { a: 'one' },
});

describe('cases that users reported', function () {
  this.timeout(180_000);
  let scene: RestoreScene;

  before(requirement('cluster'));
  before(async () => {
    scene = await RestoreScene.inNamespace(await sharedCluster(), NAMESPACE);
  });
  after(async () => {
    await scene.close();
  });

  it('#448, #6195: a dry run that shows what would happen to what is there, and changes nothing', async () => {
    const captured = await scene.create(`${APPS}/deployments`, deployment(2));
    await scene.merge(`${APPS}/deployments/web/scale`, { spec: { replicas: 0 } });
    const archive = await scene.archive([captured, object(configMap('absent'))]);
    const before = stringAt(await scene.read(`${APPS}/deployments/web`), 'metadata', 'generation');
    const plan = await scene.plan(archive);
    const { verdict, changes } = itemNamed(plan, 'deployment.apps/web');
    assert.equal(verdict, 'update');
    assert.deepEqual(changes, [{ op: 'replace', field: 'spec.replicas', before: '0', after: '2' }]);
    assert.equal(itemNamed(plan, 'configmap/absent').verdict, 'create');
    assert.equal(stringAt(await scene.read(`${APPS}/deployments/web`), 'metadata', 'generation'), before);
    await assert.rejects(scene.client.text({ path: `${CORE}/configmaps/absent` }), { status: 404 });
    await archive.close();
  });

  it('#4756: one object by its name, and what it names where that is asked for', async () => {
    const pod = {
      containers: [{ name: 'a', image: 'x', envFrom: [{ configMapRef: { name: 'settings' } }] }],
      serviceAccountName: 'runner',
    };
    const archive = await scene.archive([
      object({ ...configMap('settings') }),
      object(configMap('unrelated')),
      object({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'runner', namespace: NAMESPACE },
      }),
      object({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'shop', namespace: NAMESPACE },
        spec: { selector: { matchLabels: { app: 'web' } }, template: { ...template, spec: pod } },
      }),
    ]);
    const names = async (withReferences: boolean): Promise<string[]> => {
      const selecting = { selections: [`${NAMESPACE}/deploy/shop`], withReferences };
      return (await scene.plan(archive, {}, { selecting })).items.map(({ identity }) => identity.name).sort();
    };
    assert.deepEqual(await names(false), ['shop']);
    assert.deepEqual(await names(true), ['runner', 'settings', 'shop']);
    await archive.close();
  });

  it('#6945: restored objects belong to the restored owner, and go with it', async () => {
    const owner = await scene.create(`${CORE}/configmaps`, configMap('owner'));
    const reference = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'owner',
      uid: stringAt(owner, 'metadata', 'uid'),
    };
    const owned = await scene.create(`${CORE}/secrets`, {
      metadata: { name: 'owned', ownerReferences: [reference] },
      data: { a: 'b25l' },
    });
    await scene.remove(`${CORE}/configmaps/owner`);
    await gone(`${CORE}/secrets/owned`);
    const archive = await scene.archive([owner, owned]);
    const plan = await scene.plan(archive);
    assert.ok(itemNamed(plan, 'secret/owned').rank > itemNamed(plan, 'configmap/owner').rank);
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.created, 2);
    const [uid, uidOfOwner] = [
      stringAt(await scene.read(`${CORE}/secrets/owned`), 'metadata', 'ownerReferences', 0, 'uid'),
      stringAt(await scene.read(`${CORE}/configmaps/owner`), 'metadata', 'uid'),
    ];
    assert.equal(uid, uidOfOwner);
    assert.notEqual(uid, reference.uid);
    await scene.remove(`${CORE}/configmaps/owner`);
    await gone(`${CORE}/secrets/owned`);
    await archive.close();
  });

  it('#2098: a capture that was begun too wide is given up at once and leaves nothing; a narrower one goes', async () => {
    const archivePath = path.join(scene.folder, 'wide.ptar');
    const abort = new AbortController();
    const capture = (source: string, signal?: AbortSignal): Promise<CaptureResult> =>
      captureSources({
        sources: [source],
        archivePath,
        encryption: () => Promise.resolve('plaintext'),
        importer: { kubernetes: { kubeconfig: scene.kubeconfig } },
        onProgress: () => abort.abort(),
        ...(signal && { signal }),
      });
    await assert.rejects(capture('k8s://', abort.signal), { code: 'CANCELLED' });
    assert.deepEqual(
      (await readdir(scene.folder)).filter((name) => name.includes('wide')),
      [],
    );
    const { sources } = await capture(`k8s:///${NAMESPACE}`);
    assert.equal(sources.length, 1);
  });

  it('#2098: a restore is cancelled at any time, goes on, and is taken back', async () => {
    const objects = Array.from({ length: 60 }, (_, index) => object(configMap(`many-${index}`)));
    const archive = await scene.archive(objects);
    const plan = await scene.plan(archive);
    const abort = new AbortController();
    const { stateFolder } = scene;
    const request = { archive, plan, access: scene.remembered.access, stateFolder, signal: abort.signal };
    let results = 0;
    await assert.rejects(async () => {
      for await (const event of applyPlan(request)) {
        if (event.event === 'result' && ++results === 10) abort.abort();
      }
    }, CancelledError);
    const { summary } = await finished(resumeRestore(scene.remembered));
    assert.equal(summary.counts.created, objects.length);
    assert.equal((await scene.undo()).summary.counts.deleted, objects.length);
    const list = (await scene.client.json({ path: `${CORE}/configmaps` })) as {
      items: { metadata: { name: string } }[];
    };
    assert.ok(!list.items.some(({ metadata }) => metadata.name.startsWith('many-')));
    await archive.close();
  });

  it('#4000: what names the namespace goes along with it', async () => {
    const [old, moved] = ['plan-cases-old', 'plan-cases-new'];
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
    const bound = {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'runner', namespace: old }],
    };
    const env = [{ name: 'DB', value: `db.${old}.svc.cluster.local:5432` }];
    const podSpec = { containers: [{ name: 'a', image: 'x', env }] };
    const archive = await scene.archive(
      [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: old } },
        { ...rbac, kind: 'RoleBinding', metadata: { name: 'team', namespace: old }, ...bound },
        { ...rbac, kind: 'ClusterRoleBinding', metadata: { name: 'plan-cases-team' }, ...bound },
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web', namespace: old },
          spec: {
            replicas: 0,
            selector: { matchLabels: { app: 'web' } },
            template: { ...template, spec: podSpec },
          },
        },
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingWebhookConfiguration',
          metadata: { name: 'plan-cases-moved' },
          webhooks: [
            {
              name: 'none.plan-cases.example.com',
              admissionReviewVersions: ['v1'],
              sideEffects: 'None',
              clientConfig: { service: { name: 'hook', namespace: old } },
              rules: [
                { apiGroups: [GROUP], apiVersions: ['v1'], resources: ['none'], operations: ['CREATE'] },
              ],
            },
          ],
        },
      ].map(object),
    );
    const [snapshot] = await archive.snapshots();
    assert.ok(snapshot);
    const mapping = mappingOfPlan({ namespaces: { [old]: moved } });
    const selecting = { selections: [] };
    const transform = await mappingTransformOf(snapshot, selecting, mapping, AbortSignal.timeout(60_000));
    const plan = await scene.plan(archive, {}, { transform, selecting });
    const { stateFolder } = scene;
    const request = { archive, plan, access: scene.remembered.access, stateFolder, transform };
    const { summary } = await finished(applyPlan(request));
    assert.equal(summary.counts.created, 5);
    const rbacPath = '/apis/rbac.authorization.k8s.io/v1';
    const [role, clusterRole, deployment, hook] = await Promise.all(
      [
        `${rbacPath}/namespaces/${moved}/rolebindings/team`,
        `${rbacPath}/clusterrolebindings/plan-cases-team`,
        `/apis/apps/v1/namespaces/${moved}/deployments/web`,
        `${ADMISSION}/validatingwebhookconfigurations/plan-cases-moved`,
      ].map((at) => scene.read(at)),
    );
    for (const binding of [role, clusterRole]) {
      assert.equal(stringAt(binding, 'subjects', 0, 'namespace'), moved);
    }
    const container = ['spec', 'template', 'spec', 'containers', 0] as const;
    assert.equal(stringAt(deployment, ...container, 'env', 0, 'value'), `db.${moved}.svc.cluster.local:5432`);
    assert.equal(stringAt(hook, 'webhooks', 0, 'clientConfig', 'service', 'namespace'), moved);
    assert.equal((await scene.undo()).summary.counts.deleted, 5);
    await archive.close();
  });

  async function gone(at: string): Promise<void> {
    for (let attempt = 0; attempt < 400; attempt++) {
      const isThere = await scene.client.text({ path: at }).then(
        () => true,
        () => false,
      );
      if (!isThere) return;
      await sleep(50);
    }
    assert.fail(`${at} does not go`);
  }
});
