/** Which webhooks are asked about an object, held against whom a real API server asks. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  openClusterClient,
  refusalOf,
  type ClusterClient,
} from '../../src/connectors/cluster-client/index.ts';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { isAskedAbout, webhooksOf, type CreatedObject } from '../../src/resources/webhook-rules.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';

const NAMESPACE = 'webhook-rules';
const PATH = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const rule = (more: object = {}): object => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
  operations: ['CREATE'],
  ...more,
});
const deployments = { apiGroups: ['apps'], resources: ['deployments'] };

/** What a webhook says of itself; what is created; whether it is asked. */
const CASES: readonly (readonly [
  webhook: object,
  what: 'configmap' | 'namespace' | 'deployment',
  boolean,
])[] = [
  [{ rules: [rule()] }, 'configmap', true],
  [{ rules: [rule()] }, 'deployment', false],
  [{ rules: [] }, 'configmap', false],
  [{ rules: [rule({ operations: ['UPDATE', 'DELETE'] })] }, 'configmap', false],
  [{ rules: [rule({ operations: ['*'] })] }, 'configmap', true],
  [{ rules: [rule({ resources: ['*'] })] }, 'configmap', true],
  [{ rules: [rule({ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] })] }, 'deployment', true],
  [{ rules: [rule({ resources: ['configmaps/*'] })] }, 'configmap', true],
  [{ rules: [rule({ resources: ['configmaps/status', '*/scale'] })] }, 'configmap', false],
  [{ rules: [rule({ scope: 'Cluster' })] }, 'configmap', false],
  [{ rules: [rule({ scope: 'Namespaced' })] }, 'configmap', true],
  [{ rules: [rule({ scope: 'Cluster', resources: ['namespaces'] })] }, 'namespace', true],
  [{ rules: [rule({ ...deployments, apiVersions: ['v1'] })] }, 'deployment', true],
  [
    { rules: [rule({ ...deployments, apiVersions: ['v1beta9'] })], matchPolicy: 'Exact' },
    'deployment',
    false,
  ],
  [{ rules: [rule()], namespaceSelector: { matchLabels: { team: 'a' } } }, 'configmap', true],
  [{ rules: [rule()], namespaceSelector: { matchLabels: { team: 'b' } } }, 'configmap', false],
  [
    {
      rules: [rule()],
      namespaceSelector: {
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [NAMESPACE] }],
      },
    },
    'configmap',
    false,
  ],
  [
    {
      rules: [rule({ resources: ['namespaces'] })],
      namespaceSelector: { matchLabels: { team: 'c' } },
    },
    'namespace',
    true,
  ],
  [
    {
      rules: [rule({ resources: ['namespaces'] })],
      namespaceSelector: { matchLabels: { team: 'a' } },
    },
    'namespace',
    false,
  ],
];

const hookName = (index: number): string => `n${index}.${NAMESPACE}.example.com`;
/** Each is asked only about objects that bear its number. */
const configuration = (): object => ({
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: NAMESPACE },
  webhooks: CASES.map(([webhook], index) => ({
    name: hookName(index),
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 1,
    failurePolicy: 'Fail',
    clientConfig: { service: { name: 'nobody', namespace: NAMESPACE } },
    objectSelector: { matchLabels: { number: String(index) } },
    ...webhook,
  })),
});

const PLACES = {
  configmap: { group: '', plural: 'configmaps', path: `/api/v1/namespaces/${NAMESPACE}/configmaps` },
  deployment: {
    group: 'apps',
    plural: 'deployments',
    path: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
  },
  namespace: { group: '', plural: 'namespaces', path: '/api/v1/namespaces' },
} as const;

function created(what: keyof typeof PLACES, index: number): CreatedObject {
  const { group, plural } = PLACES[what];
  const number = String(index);
  const own = new Map([
    ['number', number],
    ['team', 'c'],
  ]);
  return {
    group,
    plural,
    version: 'v1',
    namespace: what === 'namespace' ? undefined : NAMESPACE,
    labels: own,
    namespaceLabels:
      what === 'namespace'
        ? own
        : new Map([
            ['team', 'a'],
            ['kubernetes.io/metadata.name', NAMESPACE],
          ]),
  };
}

describe('rules of webhooks', () => {
  const webhooks = webhooksOf(jsonFrom(configuration()) as JsonObject);
  for (const [index, [webhook, what, isAsked]] of CASES.entries()) {
    it(`${JSON.stringify(webhook)} and a ${what}: ${isAsked ? 'asked' : 'not asked'}`, () => {
      const found = webhooks[index];
      assert.ok(found);
      assert.equal(isAskedAbout(found, created(what, index)), isAsked);
    });
  }

  it('never ask about configurations of webhooks', () => {
    const all = { rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*'] }] };
    const [webhook] = webhooksOf(jsonFrom({ webhooks: [all] }) as JsonObject);
    assert.ok(webhook);
    const object = (plural: string): CreatedObject => ({
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      plural,
      namespace: undefined,
      labels: new Map(),
      namespaceLabels: new Map(),
    });
    assert.equal(isAskedAbout(webhook, object('mutatingwebhookconfigurations')), false);
    assert.equal(isAskedAbout(webhook, object('validatingadmissionpolicies')), true);
  });
});

describe('rules of webhooks on a real API server', function () {
  this.timeout(90_000);
  let client: ClusterClient;

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
    const metadata = { name: NAMESPACE, labels: { team: 'a' } };
    await client.text({ method: 'POST', path: '/api/v1/namespaces', body: JSON.stringify({ metadata }) });
    await client.text({ method: 'POST', path: PATH, body: JSON.stringify(configuration()) });
  });
  after(async () => {
    await client.text({ method: 'DELETE', path: `${PATH}/${NAMESPACE}` });
    await client.text({ method: 'DELETE', path: `/api/v1/namespaces/${NAMESPACE}` });
    await client.close();
  });

  /** The webhook that could not be called; empty where none was asked. */
  async function asked(what: keyof typeof PLACES, index: number): Promise<string> {
    const labels = { number: String(index), team: 'c' };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'x' }] } },
    };
    const body = JSON.stringify({
      metadata: { name: `case-${index}`, labels },
      ...(what === 'deployment' && { spec }),
    });
    try {
      await client.text({ method: 'POST', path: `${PLACES[what].path}?dryRun=All`, body });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal?.refusal === 'webhook failed') return refusal.by;
      throw error;
    }
    return '';
  }

  it('are read as the API server reads them', async () => {
    for (let attempt = 0; (await asked('configmap', 0)) === ''; attempt++) {
      assert.ok(attempt < 200, 'the configuration never acts');
      await sleep(50);
    }
    for (const [index, [webhook, what, isAsked]] of CASES.entries()) {
      assert.equal(await asked(what, index), isAsked ? hookName(index) : '', JSON.stringify(webhook));
    }
  });
});
