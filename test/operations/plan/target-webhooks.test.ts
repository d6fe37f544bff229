/** Webhooks whose Services come with the plan, or are gone from the target, on a real API server. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalOf } from '../../../src/connectors/cluster-client/index.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';
import { itemNamed, object, RestoreScene } from './restore-scene.ts';

const HOME = 'plan-webhooks';
const OTHER = 'plan-webhooks-other';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
/** All objects of this suite bear it, and its webhooks are asked about nothing else. */
const labels = { suite: HOME };

const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*'] };
const hooks = (kind: string, more: object = {}): object => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: HOME, labels },
  webhooks: [
    {
      name: `${kind.startsWith('V') ? 'validate' : 'mutate'}.${HOME}.example.com`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 1,
      failurePolicy: 'Fail',
      clientConfig: { service: { name: 'hook', namespace: HOME } },
      objectSelector: { matchLabels: labels },
      rules: [everything],
      ...more,
    },
  ],
});
const namespace = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});
const inside = (name: string, kind: string, more: object = {}, apiVersion = 'v1', home = HOME): object => ({
  apiVersion,
  kind,
  metadata: { name, namespace: home, labels },
  ...more,
});
const service = inside('hook', 'Service', { spec: { selector: labels, ports: [{ port: 443 }] } });
const server = inside(
  'hook',
  'Deployment',
  {
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'x' }] } },
    },
  },
  'apps/v1',
);
const policy = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: HOME, labels },
  spec: {
    matchConstraints: {
      objectSelector: { matchLabels: { suite: 'none' } },
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
    },
    validations: [{ expression: 'true' }],
  },
};
const binding = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: HOME, labels },
  spec: { policyName: HOME, validationActions: ['Deny'] },
};
const BOTH = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;

describe('webhooks and their Services in a plan', function () {
  this.timeout(180_000);
  let scene: RestoreScene;
  let kubectl: (args: readonly string[]) => Promise<string>;

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    kubectl = (args) => cluster.kubectl(args);
    scene = await RestoreScene.open(cluster.kubeconfig);
  });
  afterEach(async () => {
    for (const plural of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
      await scene.remove(`${ADMISSION}/${plural}/${HOME}`);
    }
    await kubectl(['delete', 'namespace', HOME, OTHER, '--ignore-not-found', '--timeout=120s']);
  });
  after(() => scene.close());

  it('do not stand in the way of what is restored with them', async () => {
    const archive = await scene.archive(
      [
        ...BOTH.map((kind) => hooks(kind)),
        namespace(HOME),
        service,
        server,
        inside('guarded', 'ConfigMap'),
        policy,
        binding,
      ].map(object),
    );
    const plan = await scene.plan(archive);
    assert.deepEqual(
      plan.items.slice(-2).map(({ identity }) => identity.kind),
      BOTH,
    );
    assert.ok(plan.items.slice(0, -2).every(({ rank }) => rank < (plan.items.at(-2)?.rank ?? 0)));
    assert.deepEqual(plan.warnings, []);
    const { summary, results } = await scene.apply(archive, plan);
    const reasons = JSON.stringify([...results.values()].map(({ reason }) => reason));
    assert.equal(summary.counts.created, plan.items.length, reasons);
    // Undo goes the other way round: the webhooks are gone before what they would be asked about.
    const undone = await scene.undo();
    assert.equal(undone.summary.counts.deleted, plan.items.length);
    await archive.close();
  });

  it('that are left of what is gone are named with all that they block, also in namespaces that the plan makes', async () => {
    await scene.create('/api/v1/namespaces', namespace(OTHER));
    await kubectl(['wait', '--for=create', 'cm/kube-root-ca.crt', '-n', OTHER, '--timeout=60s']);
    const hook = hooks('ValidatingWebhookConfiguration');
    await scene.create(`${ADMISSION}/validatingwebhookconfigurations`, hook);
    await awaitRefusal();
    const archive = await scene.archive(
      [
        hook,
        namespace(HOME),
        service,
        server,
        inside('unlabelled', 'ConfigMap', { metadata: { name: 'unlabelled', namespace: HOME } }),
        inside('elsewhere', 'ConfigMap', {}, 'v1', OTHER),
      ].map(object),
    );
    const plan = await scene.plan(archive);
    const verdicts = Object.fromEntries(
      plan.items.map(({ identity, verdict, how }) => [
        `${identity.kind} ${identity.name}`,
        `${verdict} ${how}`,
      ]),
    );
    assert.deepEqual(verdicts, {
      [`Namespace ${HOME}`]: 'create proven',
      'Service hook': 'blocked derived',
      'Deployment hook': 'blocked derived',
      'ConfigMap unlabelled': 'create derived',
      'ConfigMap elsewhere': 'blocked proven',
      [`ValidatingWebhookConfiguration ${HOME}`]: 'unchanged proven',
    });
    const by = `validate.${HOME}.example.com`;
    assert.deepEqual(itemNamed(plan, 'service/hook').obstacle, { kind: 'blocked', by, answered: false });
    const [warning, ...others] = plan.warnings;
    assert.deepEqual(others, []);
    assert.equal(
      warning?.reason,
      `webhook ${by} cannot be called (its Service ${HOME}/hook does not exist) and blocks 3 objects, 2 of them in namespace ${HOME}, which it needs itself: delete ValidatingWebhookConfiguration ${HOME}, or set its failurePolicy to Ignore, until the restore is done; the restore puts it back last`,
    );
    assert.equal(warning.items.length, 3);
    // It is as the plan says: with the namespace there, the API server refuses the Service.
    await scene.create('/api/v1/namespaces', namespace(HOME));
    assert.equal(await refusedBy(`/api/v1/namespaces/${HOME}/services`, service), by);
    await kubectl(['delete', 'namespace', HOME, '--timeout=60s']);

    // Doing what the warning says.
    await scene.remove(`${ADMISSION}/validatingwebhookconfigurations/${HOME}`);
    await awaitAdmission();
    const again = await scene.plan(archive);
    assert.deepEqual(again.warnings, []);
    const { summary } = await scene.apply(archive, again);
    assert.deepEqual([summary.counts.created, summary.counts.failed], [6, 0]);
    await archive.close();
  });

  it('that ask only under conditions leave it open, and those that may fail block nothing', async () => {
    const matchConditions = [{ name: 'some', expression: 'object.metadata.name != "free"' }];
    await scene.create('/api/v1/namespaces', namespace(OTHER));
    await scene.create(
      `${ADMISSION}/validatingwebhookconfigurations`,
      hooks('ValidatingWebhookConfiguration', { matchConditions }),
    );
    await scene.create(
      `${ADMISSION}/mutatingwebhookconfigurations`,
      hooks('MutatingWebhookConfiguration', { failurePolicy: 'Ignore' }),
    );
    await awaitRefusal();
    const archive = await scene.archive([namespace(HOME), inside('free', 'ConfigMap')].map(object));
    const plan = await scene.plan(archive);
    const { verdict, how, reason } = itemNamed(plan, 'configmap/free');
    assert.deepEqual([verdict, how], ['create', 'unprovable']);
    assert.match(reason, /depends on its conditions/);
    const { summary } = await scene.apply(archive, plan);
    assert.equal(summary.counts.created, 2);
    await archive.close();
  });

  it('that convert between versions leave open what is not stored in its own', async () => {
    const group = `${HOME}.example.com`;
    const schema = { openAPIV3Schema: { type: 'object' } };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `tills.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'tills', kind: 'Till', singular: 'till', listKind: 'TillList' },
        versions: [
          { name: 'v1', served: true, storage: true, schema },
          { name: 'v1alpha1', served: true, storage: false, schema },
        ],
        conversion: {
          strategy: 'Webhook',
          webhook: {
            conversionReviewVersions: ['v1'],
            clientConfig: { service: { name: 'hook', namespace: HOME, path: '/convert' } },
          },
        },
      },
    };
    const archive = await scene.archive(
      [
        definition,
        namespace(HOME),
        service,
        inside('stored', 'Till', {}, `${group}/v1`),
        inside('other', 'Till', {}, `${group}/v1alpha1`),
      ].map(object),
    );
    const plan = await scene.plan(archive);
    const { verdict, how, reason } = itemNamed(plan, `till.${group}/other`);
    assert.deepEqual([verdict, how], ['create', 'unprovable']);
    assert.match(reason, new RegExp(`whether Service ${HOME}/hook is served in time`));
    const stored = itemNamed(plan, `till.${group}/stored`);
    assert.deepEqual([stored.verdict, stored.how], ['create', 'derived']);
    const { results } = await scene.apply(archive, plan);
    assert.deepEqual(
      plan.items.map(({ id }) => results.get(id)?.outcome).filter((outcome) => outcome !== 'created'),
      ['failed'],
    );
    assert.match(results.get(itemNamed(plan, `till.${group}/other`).id)?.reason ?? '', /conversion webhook/);
    const undone = await scene.undo();
    assert.deepEqual([undone.summary.counts.deleted, undone.summary.counts.failed], [4, 0]);
    await archive.close();
  });

  /** The webhook that could not be called about a dry run; empty where it was admitted. */
  async function refusedBy(path: string, body: object): Promise<string> {
    try {
      await scene.client.text({ method: 'POST', path: `${path}?dryRun=All`, body: JSON.stringify(body) });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal?.refusal === 'webhook failed') return refusal.by;
      throw error;
    }
    return '';
  }

  const probe = (): Promise<string> =>
    refusedBy(`/api/v1/namespaces/${OTHER}/configmaps`, inside('probe', 'ConfigMap', {}, 'v1', OTHER));
  /** Admission learns of configurations by watching. */
  async function awaitRefusal(): Promise<void> {
    for (let attempt = 0; (await probe()) === ''; attempt++) {
      assert.ok(attempt < 200, 'the webhook never acts');
      await sleep(50);
    }
  }
  async function awaitAdmission(): Promise<void> {
    for (let attempt = 0; (await probe()) !== ''; attempt++) {
      assert.ok(attempt < 200, 'the webhook never goes');
      await sleep(50);
    }
  }
});
