import assert from 'node:assert/strict';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { QuotaLedger, quotaUsage } from '../../src/resources/quota-usage.ts';

const object = (plain: object): JsonObject => jsonFrom(plain) as JsonObject;
const container = (cpu: string, more: object = {}): object => ({ resources: { requests: { cpu } }, ...more });

describe('usage of quotas', () => {
  it('of a Pod is that of its containers together, or of its largest init container', () => {
    const pod = (initCpu: string): JsonObject =>
      object({
        spec: { containers: [container('100m'), container('0.2')], initContainers: [container(initCpu)] },
      });
    assert.equal(quotaUsage(pod('250m'), 'pods', '').get('requests.cpu'), 300_000_000n);
    assert.equal(quotaUsage(pod('1'), 'pods', '').get('cpu'), 1_000_000_000n);
  });

  it('counts ports, load balancers and storage by class', () => {
    const service = quotaUsage(object({ spec: { type: 'LoadBalancer', ports: [{}, {}] } }), 'services', '');
    assert.equal(service.get('services.nodeports'), 2_000_000_000n);
    assert.equal(service.get('services.loadbalancers'), 1_000_000_000n);
    const spec = { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } };
    const claim = quotaUsage(object({ spec }), 'persistentvolumeclaims', '');
    assert.equal(
      claim.get('fast.storageclass.storage.k8s.io/requests.storage'),
      1_073_741_824n * 1_000_000_000n,
    );
    assert.deepEqual([...quotaUsage(object({}), 'deployments', 'apps').keys()], ['count/deployments.apps']);
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
    const pod = (cpu: string): ReturnType<typeof quotaUsage> =>
      quotaUsage(object({ spec: { containers: [container(cpu)] } }), 'pods', '');
    assert.deepEqual(ledger.take('shop', pod('2')), { quota: 'few', resources: ['requests.cpu'] });
    assert.equal(ledger.take('shop', pod('1')), undefined);
    assert.deepEqual(ledger.take('shop', pod('0')), { quota: 'few', resources: ['pods'] });
    assert.equal(ledger.take('elsewhere', pod('9')), undefined);
  });
});
