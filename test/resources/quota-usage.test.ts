import assert from 'node:assert/strict';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { QuotaLedger } from '../../src/resources/quota-ledger.ts';
import { quotaDemand, type QuotaDemand } from '../../src/resources/quota-usage.ts';

const object = (plain: object): JsonObject => jsonFrom(plain) as JsonObject;
const container = (cpu: string, more: object = {}): object => ({ resources: { requests: { cpu } }, ...more });

describe('usage of quotas', () => {
  it('of a Pod is that of its containers together, or of its largest init container', () => {
    const pod = (initCpu: string): JsonObject =>
      object({
        spec: { containers: [container('100m'), container('0.2')], initContainers: [container(initCpu)] },
      });
    assert.equal(quotaDemand(pod('250m'), 'pods', '').usage.get('requests.cpu'), 300_000_000n);
    assert.equal(quotaDemand(pod('1'), 'pods', '').usage.get('cpu'), 1_000_000_000n);
  });

  it('counts ports, load balancers and storage by class', () => {
    const balancer = object({ spec: { type: 'LoadBalancer', ports: [{}, {}] } });
    const service = quotaDemand(balancer, 'services', '').usage;
    assert.equal(service.get('services.nodeports'), 2_000_000_000n);
    assert.equal(service.get('services.loadbalancers'), 1_000_000_000n);
    const spec = { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } };
    const claim = quotaDemand(object({ spec }), 'persistentvolumeclaims', '').usage;
    assert.equal(
      claim.get('fast.storageclass.storage.k8s.io/requests.storage'),
      1_073_741_824n * 1_000_000_000n,
    );
    assert.deepEqual(
      [...quotaDemand(object({}), 'deployments', 'apps').usage.keys()],
      ['count/deployments.apps'],
    );
  });

  it('is taken from a quota until there is no room, and never in part', () => {
    const ledger = new QuotaLedger();
    const metadata = { name: 'few', namespace: 'shop' };
    ledger.addQuota(
      object({
        metadata,
        spec: { hard: { pods: '2', 'requests.cpu': '1' } },
        status: { used: { pods: '1' } },
      }),
    );
    const pod = (cpu: string): QuotaDemand =>
      quotaDemand(object({ spec: { containers: [container(cpu)] } }), 'pods', '');
    assert.deepEqual(ledger.take('shop', pod('2')), {
      fitting: 0,
      excess: { quota: 'few', resources: ['requests.cpu'] },
    });
    assert.deepEqual(ledger.take('shop', pod('1')), { fitting: 1, excess: undefined });
    assert.deepEqual(ledger.take('shop', pod('0')).excess, { quota: 'few', resources: ['pods'] });
    assert.equal(ledger.take('elsewhere', pod('9')).excess, undefined);
  });

  it('is taken as often as there is room, by the quota with the least', () => {
    const ledger = new QuotaLedger();
    const quota = (name: string, hard: object): JsonObject =>
      object({ metadata: { name, namespace: 'shop' }, spec: { hard } });
    ledger.addQuota(quota('wide', { pods: '8' }));
    ledger.addQuota(quota('narrow', { 'requests.cpu': '1', 'requests.memory': '1Gi' }));
    const pod = quotaDemand(object({ spec: { containers: [container('300m')] } }), 'pods', '');
    assert.deepEqual(ledger.take('shop', pod, 1_000_000_000), {
      fitting: 3,
      excess: { quota: 'narrow', resources: ['requests.cpu'] },
    });
    assert.equal(ledger.take('shop', pod).fitting, 0);
    ledger.addQuota(quota('narrow', { 'requests.cpu': '2' }));
    assert.equal(ledger.take('shop', pod, 9).fitting, 3, 'a changed quota keeps what was taken of it');
  });

  it('is taken from quotas with scopes where a Pod is in all of them', () => {
    const scoped = (spec: object): QuotaLedger => {
      const ledger = new QuotaLedger();
      const metadata = { name: 'scoped', namespace: 'shop' };
      ledger.addQuota(object({ metadata, spec: { hard: { pods: '0', 'count/secrets': '0' }, ...spec } }));
      return ledger;
    };
    const counts = (spec: object, pod: object): boolean =>
      scoped(spec).take('shop', quotaDemand(object({ spec: pod }), 'pods', '')).fitting === 0;
    const expression = (scopeName: string, operator: string, values?: readonly string[]): object => ({
      scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values && { values }) }] },
    });
    const plain = { containers: [{}] };
    const deadline = { ...plain, activeDeadlineSeconds: 60 };
    const asking = { containers: [container('1m')] };
    const high = { ...plain, priorityClassName: 'high' };
    const near = {
      ...plain,
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: { namespaces: ['other'] } }],
        },
      },
    };
    const table: readonly (readonly [quota: object, pod: object, isCounted: boolean])[] = [
      [{ scopes: ['Terminating'] }, deadline, true],
      [{ scopes: ['Terminating'] }, plain, false],
      [{ scopes: ['NotTerminating'] }, plain, true],
      [{ scopes: ['NotTerminating'] }, deadline, false],
      [{ scopes: ['BestEffort'] }, plain, true],
      [{ scopes: ['BestEffort'] }, asking, false],
      [{ scopes: ['NotBestEffort'] }, asking, true],
      [{ scopes: ['NotBestEffort'] }, plain, false],
      [{ scopes: ['BestEffort', 'Terminating'] }, plain, false],
      [{ scopes: ['BestEffort', 'Terminating'] }, deadline, true],
      [{ scopes: ['CrossNamespacePodAffinity'] }, near, true],
      [{ scopes: ['CrossNamespacePodAffinity'] }, plain, false],
      [expression('PriorityClass', 'In', ['high']), high, true],
      [expression('PriorityClass', 'In', ['high']), plain, false],
      [expression('PriorityClass', 'NotIn', ['high']), plain, true],
      [expression('PriorityClass', 'NotIn', ['high']), high, false],
      [expression('PriorityClass', 'Exists'), high, true],
      [expression('PriorityClass', 'Exists'), plain, false],
      [expression('PriorityClass', 'DoesNotExist'), plain, true],
      [expression('Terminating', 'Exists'), deadline, true],
      [{ scopes: ['SomethingNew'] }, plain, false],
    ];
    for (const [quota, pod, isCounted] of table) {
      assert.equal(counts(quota, pod), isCounted, `${JSON.stringify(quota)} and ${JSON.stringify(pod)}`);
    }
    const secret = quotaDemand(object({}), 'secrets', '');
    assert.equal(scoped({ scopes: ['NotTerminating'] }).take('shop', secret).fitting, 1);
    assert.equal(scoped({}).take('shop', secret).fitting, 0);
  });

  it('asks Pods to say what they need, each container of them', () => {
    const ledger = new QuotaLedger();
    const metadata = { name: 'cpu', namespace: 'shop' };
    ledger.addQuota(object({ metadata, spec: { hard: { 'requests.cpu': '1', 'limits.memory': '1Gi' } } }));
    const unsaid = (spec: object): readonly string[] | undefined =>
      ledger.unsaid('shop', quotaDemand(object({ spec }), 'pods', ''))?.resources;
    const both = { resources: { requests: { cpu: '1m' }, limits: { memory: '1Mi' } } };
    assert.equal(unsaid({ containers: [both] }), undefined);
    assert.deepEqual(unsaid({ containers: [both, container('1m')] }), ['limits.memory']);
    assert.deepEqual(unsaid({ containers: [both], initContainers: [{}] }), ['requests.cpu', 'limits.memory']);
    assert.equal(unsaid({ containers: [{}], ...both }), undefined);
  });
});
