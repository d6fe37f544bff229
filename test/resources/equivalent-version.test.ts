import assert from 'node:assert/strict';
import { equivalentVersion } from '../../src/resources/equivalent-version.ts';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';

const NONE: JsonObject = new Map();
const budget = (selector: object | undefined): JsonObject =>
  jsonFrom({ spec: { minAvailable: 1, ...(selector !== undefined && { selector }) } }) as JsonObject;

describe('equivalent versions', () => {
  const table: readonly (readonly [
    kind: string,
    group: string,
    captured: string,
    served: readonly string[],
    written: string | undefined,
  ])[] = [
    ['CronJob', 'batch', 'v1beta1', ['v1'], 'v1'],
    ['CronJob', 'batch', 'v1', ['v1beta1'], 'v1beta1'],
    ['CronJob', 'batch', 'v2alpha1', ['v1'], undefined],
    ['Job', 'batch', 'v1beta1', ['v1'], undefined],
    ['CronJob', 'batch.example.com', 'v1beta1', ['v1'], undefined],
    ['HorizontalPodAutoscaler', 'autoscaling', 'v2beta2', ['v1', 'v2'], 'v2'],
    ['HorizontalPodAutoscaler', 'autoscaling', 'v2beta2', ['v1'], undefined],
    // Metrics have other fields in these.
    ['HorizontalPodAutoscaler', 'autoscaling', 'v2beta1', ['v2'], undefined],
    ['HorizontalPodAutoscaler', 'autoscaling', 'v1', ['v2'], undefined],
    ['RoleBinding', 'rbac.authorization.k8s.io', 'v1alpha1', ['v1beta1', 'v1'], 'v1'],
    ['StorageClass', 'storage.k8s.io', 'v1beta1', ['v1'], 'v1'],
    ['IngressClass', 'networking.k8s.io', 'v1beta1', ['v1'], 'v1'],
    // Backends have other fields in these.
    ['Ingress', 'networking.k8s.io', 'v1beta1', ['v1'], undefined],
    ['CustomResourceDefinition', 'apiextensions.k8s.io', 'v1beta1', ['v1'], undefined],
    ['PriorityClass', 'scheduling.k8s.io', 'v1beta1', [], undefined],
  ];
  for (const [kind, group, version, served, written] of table) {
    it(`${kind} of ${group}/${version} where ${served.join(', ') || 'nothing'} is served: ${written ?? 'none'}`, () => {
      assert.equal(equivalentVersion(NONE, { group, kind, version }, served), written);
    });
  }

  it('prefer the newest of those that are served', () => {
    const identity = { group: 'rbac.authorization.k8s.io', kind: 'Role', version: 'v1alpha1' };
    assert.equal(equivalentVersion(NONE, identity, ['v1', 'v1beta1']), 'v1');
    assert.equal(equivalentVersion(NONE, identity, ['v1beta1']), 'v1beta1');
  });

  it('leave a budget alone whose empty selector means nothing before and everything now', () => {
    const identity = { group: 'policy', kind: 'PodDisruptionBudget', version: 'v1beta1' };
    assert.equal(equivalentVersion(budget({ matchLabels: { app: 'web' } }), identity, ['v1']), 'v1');
    assert.equal(equivalentVersion(budget({}), identity, ['v1']), undefined);
    assert.equal(equivalentVersion(budget(undefined), identity, ['v1']), undefined);
  });
});
