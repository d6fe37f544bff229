/** What users of another backup tool met with at the API server itself: webhooks, controllers, versions (vmware-tanzu/velero). */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringifyJson } from '../../../src/resources/json-text.ts';
import { stringAt, type JsonObject } from '../../../src/resources/json-value.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { definition } from './admission.ts';
import { itemNamed, object, RestoreScene } from './restore-scene.ts';

const NAMESPACE = 'plan-api-cases';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const GROUP = 'plan-api-cases.example.com';
const TIERS = `/apis/${GROUP}/v1/namespaces/${NAMESPACE}/tiers`;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const ANYTHING = { schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

const configMap = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE },
  data: { a: 'one' },
});

describe('cases that users reported of admission and versions', function () {
  this.timeout(180_000);
  let scene: RestoreScene;

  before(requirement('cluster'));
  before(async () => {
    scene = await RestoreScene.inNamespace(await sharedCluster(), NAMESPACE);
  });
  after(async () => {
    await scene.close();
  });

  it('#5068: a webhook comes after what it would refuse as long as nobody serves it', async () => {
    const hook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'plan-api-cases' },
      webhooks: [
        {
          name: 'all.plan-api-cases.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          timeoutSeconds: 1,
          failurePolicy: 'Fail',
          clientConfig: { service: { name: 'hook', namespace: NAMESPACE, port: 443 } },
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] },
          ],
        },
      ],
    };
    const service = { name: 'hook', namespace: NAMESPACE };
    const archive = await scene.archive([
      object(hook),
      object({ apiVersion: 'v1', kind: 'Service', metadata: service, spec: { ports: [{ port: 443 }] } }),
      object(configMap('guarded')),
    ]);
    try {
      const plan = await scene.plan(archive);
      assert.equal(plan.items.at(-1)?.identity.kind, 'ValidatingWebhookConfiguration');
      const { summary } = await scene.apply(archive, plan);
      assert.equal(summary.counts.created, 3);
      // Now that it is there, the same restore says by name what stands in its way.
      await scene.remove(`${CORE}/configmaps/guarded`);
      const obstacle = await eventually(
        async () => itemNamed(await scene.plan(archive), 'configmap/guarded').obstacle,
      );
      assert.deepEqual(obstacle, { kind: 'blocked', by: 'all.plan-api-cases.example.com', answered: false });
    } finally {
      await scene.remove(
        '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/plan-api-cases',
      );
      await archive.close();
    }
  });

  it('#4045: objects that a controller makes and guards too: who owns comes first, what is denied or made meanwhile is named', async () => {
    const tier = (name: string, priority: number, owner?: JsonObject): object => ({
      apiVersion: `${GROUP}/v1`,
      kind: 'Tier',
      metadata: {
        name,
        namespace: NAMESPACE,
        ...(owner && {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'ConfigMap', name: 'zone', uid: stringAt(owner, 'metadata', 'uid') },
          ],
        }),
      },
      spec: { priority },
    });
    await scene.create(DEFINITIONS, definition(GROUP, 'Tier', 'tiers', ANYTHING));
    await scene.create(`${ADMISSION}/validatingadmissionpolicies`, {
      metadata: { name: 'plan-api-cases-tiers' },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [GROUP], apiVersions: ['v1'], resources: ['tiers'], operations: ['CREATE'] },
          ],
        },
        validations: [{ expression: 'object.spec.priority != 50', message: 'overlaps with existing Tier' }],
      },
    });
    await scene.create(`${ADMISSION}/validatingadmissionpolicybindings`, {
      metadata: { name: 'plan-api-cases-tiers' },
      spec: { policyName: 'plan-api-cases-tiers', validationActions: ['Deny'] },
    });
    try {
      const zone = await scene.create(`${CORE}/configmaps`, configMap('zone'));
      await scene.remove(`${CORE}/configmaps/zone`);
      const archive = await scene.archive([
        ...[tier('application', 250, zone), tier('emergency', 10), tier('securityops', 50)].map(object),
        zone,
      ]);
      const plan = await eventually(async () => {
        const made = await scene.plan(archive);
        return itemNamed(made, `tier.${GROUP}/securityops`).verdict === 'blocked' ? made : undefined;
      });
      const denied = itemNamed(plan, `tier.${GROUP}/securityops`);
      assert.deepEqual(denied.obstacle, { kind: 'blocked', by: 'plan-api-cases-tiers', answered: true });
      assert.match(denied.reason, /overlaps with existing Tier/);
      const [application, emergency] = ['application', 'emergency'].map((name) =>
        itemNamed(plan, `tier.${GROUP}/${name}`),
      );
      assert.ok((application?.rank ?? 0) > itemNamed(plan, 'configmap/zone').rank);
      // The controller is up again, and faster.
      await scene.create(TIERS, tier('emergency', 11), 'controller');
      const { results, summary } = await scene.apply(archive, plan);
      assert.deepEqual([summary.counts.created, summary.counts.failed], [2, 2]);
      assert.match(results.get(emergency?.id ?? '')?.reason ?? '', /emergency.*exists|plan again/);
      assert.equal(
        stringifyJson((await scene.read(`${TIERS}/emergency`)).get('spec') ?? null),
        '{"priority":11}',
      );
      const again = itemNamed(await scene.plan(archive), `tier.${GROUP}/emergency`);
      assert.deepEqual(
        [again.verdict, again.changes.map(({ field }) => field)],
        ['update', ['spec.priority']],
      );
      const { counts } = (await scene.undo(summary.restoreId)).summary;
      assert.equal(counts.deleted, 2);
      await archive.close();
    } finally {
      for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies']) {
        await scene.remove(`${ADMISSION}/${kind}/plan-api-cases-tiers`);
      }
      await scene.remove(`${DEFINITIONS}/tiers.${GROUP}`);
    }
  });

  it('#5613: an API version that is gone is written in one whose objects are the same, or reported', async () => {
    const cronJob = (version: string): JsonObject =>
      object({
        apiVersion: `batch/${version}`,
        kind: 'CronJob',
        metadata: { name: `nightly-${version}`, namespace: NAMESPACE },
        spec: {
          schedule: '0 3 * * *',
          suspend: true,
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x' }] } } },
          },
        },
      });
    const archive = await scene.archive([cronJob('v1beta1'), cronJob('v2alpha1')]);
    const plan = await scene.plan(archive);
    const converted = itemNamed(plan, 'cronjob.batch/nightly-v1beta1');
    assert.deepEqual([converted.verdict, converted.how], ['create', 'proven']);
    assert.match(converted.notes.join(), /written as batch\/v1/);
    const reported = itemNamed(plan, 'cronjob.batch/nightly-v2alpha1');
    assert.deepEqual(reported.obstacle, { kind: 'missing', what: 'api', name: 'CronJob.batch/v2alpha1' });
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.created, 1);
    assert.equal((await scene.undo()).summary.counts.deleted, 1);
    await archive.close();
  });

  it('#5613: so is a custom kind whose old version is gone, where its definition converts nothing else', async () => {
    const gear = (name: string, version: string): object => ({
      apiVersion: `${GROUP}/${version}`,
      kind: 'Gear',
      metadata: { name, namespace: NAMESPACE },
      spec: { teeth: 12 },
    });
    await scene.create(DEFINITIONS, definition(GROUP, 'Gear', 'gears', ANYTHING));
    try {
      const archive = await scene.archive([object(gear('old', 'v1alpha1'))]);
      const plan = await eventually(async () => {
        const made = await scene.plan(archive);
        return made.items[0]?.verdict === 'create' ? made : undefined;
      });
      assert.match(plan.items[0]?.notes.join() ?? '', /written as plan-api-cases\.example\.com\/v1:/);
      const { summary } = await scene.apply(archive, plan);
      assert.equal(summary.counts.created, 1);
      const made = await scene.read(`/apis/${GROUP}/v1/namespaces/${NAMESPACE}/gears/old`);
      assert.equal(stringifyJson(made.get('spec') ?? null), '{"teeth":12}');
      assert.equal((await scene.undo()).summary.counts.deleted, 1);
      await archive.close();
    } finally {
      await scene.remove(`${DEFINITIONS}/gears.${GROUP}`);
    }
  });

  /** Waits for what the API server learns by watching. */
  async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await sleep(100);
    }
    return assert.fail('it never comes');
  }
});
