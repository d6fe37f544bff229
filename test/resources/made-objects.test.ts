import assert from 'node:assert/strict';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { madeObjects, MAKING_KINDS, type MakingPlace } from '../../src/resources/made-objects.ts';

const object = (plain: object): JsonObject => jsonFrom(plain) as JsonObject;
const EMPTY: MakingPlace = { nodes: undefined, claims: new Set() };

function made(kind: string, spec: object, place: MakingPlace = EMPTY): string[] {
  const workload = object({ kind, metadata: { name: 'db' }, spec: { template: { spec: {} }, ...spec } });
  return madeObjects(workload, place).map(({ kind: one, count }) => `${count} ${one}`);
}

describe('objects that controllers make', () => {
  it('are Pods, as many as are asked for', () => {
    assert.deepEqual(made('Deployment', { replicas: 3 }), ['1 ReplicaSet', '3 Pod']);
    assert.deepEqual(made('ReplicaSet', {}), ['1 Pod']);
    assert.deepEqual(made('ReplicationController', { replicas: 0 }), ['0 Pod']);
    assert.deepEqual(made('Job', { parallelism: 5, completions: 2 }), ['2 Pod']);
    assert.deepEqual(made('Job', { parallelism: 5 }), ['5 Pod']);
    assert.deepEqual(made('Job', { suspend: true }), ['0 Pod']);
    assert.deepEqual(made('CronJob', {}), []);
    assert.ok(!MAKING_KINDS.has('CronJob.batch'));
    // What no API server takes is not believed.
    assert.deepEqual(made('ReplicaSet', { replicas: -1 }), ['1 Pod']);
    assert.deepEqual(made('ReplicaSet', { replicas: 1.5 }), ['1 Pod']);
  });

  it('are the claims of a StatefulSet that are not there', () => {
    const spec = { replicas: 3, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] };
    const place = (...claims: readonly string[]): MakingPlace => ({ ...EMPTY, claims: new Set(claims) });
    assert.deepEqual(made('StatefulSet', spec), ['3 PersistentVolumeClaim', '3 Pod']);
    const there = place('data-db-0', 'data-db-2', 'data-db-3', 'data-db-x', 'data-other-1', 'db-1');
    assert.deepEqual(made('StatefulSet', spec, there), ['1 PersistentVolumeClaim', '3 Pod']);
    const later = { ...spec, ordinals: { start: 3 } };
    assert.deepEqual(made('StatefulSet', later, there), ['2 PersistentVolumeClaim', '3 Pod']);
    // A number that nobody could count to.
    const many = { ...spec, replicas: 2 ** 31 };
    assert.deepEqual(made('StatefulSet', many, there), [
      '2147483645 PersistentVolumeClaim',
      '2147483648 Pod',
    ]);
  });

  it('are a Pod of a DaemonSet on each node that takes it', () => {
    const node = (labels: object, taints: readonly object[] = []): JsonObject =>
      object({ metadata: { labels }, spec: { taints } });
    const nodes = [
      node({ disk: 'ssd' }),
      node({ disk: 'hdd' }),
      node({ disk: 'ssd' }, [{ key: 'team', value: 'a', effect: 'NoSchedule' }]),
      node({ disk: 'ssd' }, [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]),
      node({ disk: 'ssd' }, [{ key: 'soft', effect: 'PreferNoSchedule' }]),
    ];
    const pods = (spec: object): string[] =>
      made('DaemonSet', { template: { spec } }, { nodes, claims: new Set() });
    assert.deepEqual(pods({}), ['4 Pod']);
    assert.deepEqual(pods({ nodeSelector: { disk: 'ssd' } }), ['3 Pod']);
    assert.deepEqual(pods({ tolerations: [{ operator: 'Exists' }] }), ['5 Pod']);
    assert.deepEqual(pods({ tolerations: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] }), ['5 Pod']);
    assert.deepEqual(pods({ tolerations: [{ key: 'team', value: 'b' }] }), ['4 Pod']);
    const requiredDuringSchedulingIgnoredDuringExecution = {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: 'disk', operator: 'In', values: ['hdd'] }] },
        { matchExpressions: [{ key: 'disk', operator: 'DoesNotExist' }] },
      ],
    };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } };
    assert.deepEqual(pods({ affinity }), ['1 Pod']);
    assert.deepEqual(made('DaemonSet', {}), [], 'nobody knows');
  });
});
