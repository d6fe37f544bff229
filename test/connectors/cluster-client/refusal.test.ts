/** Why requests are refused: in the words of a real API server, and in those of webhooks, which it hands on. */
import assert from 'node:assert/strict';
import { readApiStatus } from '../../../src/connectors/cluster-client/api-error.ts';
import { openClusterClient, type ClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import { refusalFrom, refusalOf, type Refusal } from '../../../src/connectors/cluster-client/refusal.ts';
import { ConnectorError, UsageError } from '../../../src/errors.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { requirement } from '../../requirements.ts';

const NAMESPACE = 'refusals';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;

/** What a Status means. */
function refusal(httpStatus: number, status: object): Refusal {
  const { reason, message = '', causes } = readApiStatus(JSON.stringify(status));
  return refusalFrom({ httpStatus, reason, message, causes });
}

describe('refusals', () => {
  it('of webhooks bear their names, whatever the webhooks say', () => {
    const denied = (words: string): Refusal =>
      refusal(400, { message: `admission webhook "w.example.com" denied the request: ${words}` });
    assert.deepEqual(denied('no'), { refusal: 'webhook denied', by: 'w.example.com' });
    assert.deepEqual(denied('exceeded quota: q, requested: pods=1, used: pods=1'), {
      refusal: 'webhook denied',
      by: 'w.example.com',
    });
    for (const words of ['dry run is not supported', 'no dryRun here', 'dry-run requests are refused']) {
      assert.equal(denied(words).refusal, 'webhook without dry run', words);
    }
    assert.deepEqual(
      refusal(400, {
        reason: 'BadRequest',
        message:
          'admission webhook "w.example.com" does not support dry run because it has side effects of Some',
      }),
      { refusal: 'webhook without dry run', by: 'w.example.com' },
    );
    // Its own name says nothing of dry runs.
    assert.equal(
      refusal(403, { message: 'admission webhook "dry-run.example.com" denied the request: no' }).refusal,
      'webhook denied',
    );
  });

  it('are immutable only where all that is wrong is immutable', () => {
    const causes = (...messages: readonly string[]): object => ({
      reason: 'Invalid',
      details: {
        causes: messages.map((message, index) => ({
          reason: 'FieldValueInvalid',
          field: `spec.f${index}`,
          message,
        })),
      },
    });
    assert.deepEqual(refusal(422, causes('Invalid value: 1: field is immutable')), {
      refusal: 'immutable',
      fields: ['spec.f0'],
    });
    assert.equal(refusal(422, causes('field is immutable', 'must be positive')).refusal, 'other');
    assert.equal(refusal(422, { reason: 'Invalid', message: 'field is immutable' }).refusal, 'other');
    const required = {
      reason: 'Invalid',
      details: {
        causes: [
          { reason: 'FieldValueRequired', field: 'spec.f', message: 'Required value: cannot be changed' },
        ],
      },
    };
    assert.equal(refusal(422, required).refusal, 'other');
  });

  it('are nothing for errors that are no answer', () => {
    assert.equal(refusalOf(new Error('x')), undefined);
    assert.equal(refusalOf(new UsageError('x')), undefined);
    assert.equal(refusalOf(new ConnectorError('CONNECTOR_FAILED', 'connection refused')), undefined);
    assert.equal(refusal(500, { message: 'boom' }).refusal, 'other');
    assert.equal(refusal(404, { message: 'configmaps "x" not found' }).refusal, 'other');
  });
});

describe('refusals of a real API server', function () {
  this.timeout(90_000);
  let client: ClusterClient;
  let reader: ClusterClient;

  before(requirement('cluster'));
  before(async () => {
    const cluster = await sharedCluster();
    client = await openClusterClient({ kubeconfig: cluster.kubeconfig });
    reader = await openClusterClient({ kubeconfig: await cluster.kubeconfigFor('refusals-reader') });
    await post('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    await cluster.kubectl(['wait', '--for=create', 'sa/default', '-n', NAMESPACE, '--timeout=60s']);
    await post(`${CORE}/configmaps`, {
      metadata: { name: 'fixed' },
      data: { a: 'one' },
      immutable: true,
    });
    await post(`${CORE}/resourcequotas`, {
      metadata: { name: 'none' },
      spec: { hard: { 'count/secrets': '0', 'requests.cpu': '1' } },
    });
    const used = '--for=jsonpath={.status.used}';
    await cluster.kubectl(['wait', 'resourcequota/none', '-n', NAMESPACE, used, '--timeout=30s']);
    const role = {
      metadata: { name: 'editor' },
      rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['create'] }],
    };
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}`;
    await post(`${rbac}/roles`, role);
    await post(`${rbac}/rolebindings`, {
      metadata: { name: 'editor' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'editor' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'refusals-reader' }],
    });
  });
  after(async () => {
    await client.text({ method: 'DELETE', path: `/api/v1/namespaces/${NAMESPACE}` });
    await Promise.all([client.close(), reader.close()]);
  });

  const post = (path: string, body: object, as = client): Promise<string> =>
    as.text({ method: 'POST', path, body: JSON.stringify(body) });
  async function refused(request: Promise<string>): Promise<Refusal | undefined> {
    try {
      await request;
    } catch (error) {
      return refusalOf(error);
    }
    throw new Error('it was not refused');
  }
  const pod = (spec: object): object => ({
    metadata: { name: 'p' },
    spec: {
      containers: [{ name: 'a', image: 'x', resources: { requests: { cpu: '1m' } } }],
      ...spec,
    },
  });

  it('that an object is there, is another one by now, or cannot change', async () => {
    assert.deepEqual(await refused(post(`${CORE}/configmaps`, { metadata: { name: 'fixed' } })), {
      refusal: 'exists',
    });
    const put = (metadata: object): Promise<string> =>
      client.text({
        method: 'PUT',
        path: `${CORE}/configmaps/fixed`,
        body: JSON.stringify({
          metadata: { name: 'fixed', ...metadata },
          data: { a: 'two' },
          immutable: true,
        }),
      });
    assert.deepEqual(await refused(put({ resourceVersion: '1' })), { refusal: 'stale' });
    assert.deepEqual(await refused(put({})), { refusal: 'immutable', fields: ['data'] });
  });

  it('that fields belong to others', async () => {
    const apply = (manager: string, value: string): Promise<string> =>
      client.text({
        method: 'PATCH',
        path: `${CORE}/configmaps/shared?fieldManager=${manager}`,
        contentType: 'application/apply-patch+yaml',
        body: JSON.stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'shared' },
          data: { a: value, 'b.c': value },
        }),
      });
    await apply('one', '1');
    const fields = ['.data.a', '.data.b.c'].map((field) => ({ field, manager: 'one' }));
    assert.deepEqual(await refused(apply('two', '2')), { refusal: 'conflict', fields });
  });

  it('that a quota is used up, or wants to be told amounts', async () => {
    assert.deepEqual(await refused(post(`${CORE}/secrets`, { metadata: { name: 's' } })), {
      refusal: 'quota',
      quota: 'none',
      resources: ['count/secrets'],
    });
    const spec = { containers: [{ name: 'a', image: 'x' }] };
    assert.deepEqual(await refused(post(`${CORE}/pods`, pod(spec))), {
      refusal: 'quota',
      quota: 'none',
      resources: [],
    });
  });

  it('that a right is missing, or is not one’s own to give', async () => {
    assert.deepEqual(await refused(post(`${CORE}/configmaps`, { metadata: { name: 'x' } }, reader)), {
      refusal: 'right',
      granting: false,
    });
    const generous = {
      metadata: { name: 'generous' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }],
    };
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles`;
    assert.deepEqual(await refused(post(roles, generous, reader)), { refusal: 'right', granting: true });
  });

  it('that what a Pod names is not there', async () => {
    const missing = async (spec: object): Promise<Refusal | undefined> =>
      refused(post(`${CORE}/pods`, pod(spec)));
    assert.deepEqual(await missing({ priorityClassName: 'none-such' }), {
      refusal: 'priority class missing',
      name: 'none-such',
    });
    assert.deepEqual(await missing({ runtimeClassName: 'none-such' }), {
      refusal: 'runtime class missing',
      name: 'none-such',
    });
    assert.deepEqual(await missing({ serviceAccountName: 'none-such' }), {
      refusal: 'account missing',
      name: 'none-such',
    });
  });

  it('that a namespace is not there, or goes', async () => {
    const into = (namespace: string): Promise<Refusal | undefined> =>
      refused(post(`/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'x' } }));
    assert.deepEqual(await into('refusals-none'), { refusal: 'namespace missing' });
    await post('/api/v1/namespaces', { metadata: { name: 'refusals-going' } });
    const held = { metadata: { name: 'held', finalizers: ['refusals.example.com/held'] } };
    await post('/api/v1/namespaces/refusals-going/configmaps', held);
    await client.text({ method: 'DELETE', path: '/api/v1/namespaces/refusals-going' });
    try {
      assert.deepEqual(await into('refusals-going'), { refusal: 'namespace terminating' });
    } finally {
      await client.text({
        method: 'PATCH',
        path: '/api/v1/namespaces/refusals-going/configmaps/held',
        contentType: 'application/merge-patch+json',
        body: JSON.stringify({ metadata: { finalizers: null } }),
      });
    }
  });
});
