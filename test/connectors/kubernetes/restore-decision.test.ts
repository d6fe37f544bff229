/** What restoring an object takes, without a cluster. */
import assert from 'node:assert/strict';
import type { ApiResource } from '../../../src/connectors/cluster-client/index.ts';
import { decideRestore, type RestoreTarget } from '../../../src/connectors/kubernetes/restore-decision.ts';
import { stringifyJson } from '../../../src/resources/json-text.ts';
import { isJsonObject, jsonFrom, type JsonObject } from '../../../src/resources/json-value.ts';

const resource: ApiResource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: [],
  namespaced: true,
  verbs: ['get', 'create', 'patch'],
  subresources: ['status'],
};
const target: RestoreTarget = { resource, servedVersions: ['apps/v1'], live: undefined, pending: undefined };

function object(more: Record<string, unknown> = {}): JsonObject {
  const metadata = { name: 'web', namespace: 'a', uid: 'u', resourceVersion: '7', managedFields: [] };
  const value = jsonFrom({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { replicas: 1 },
    status: { x: 1 },
    ...more,
  });
  assert.ok(isJsonObject(value));
  return value;
}

describe('decision about an object', () => {
  it('creates what is absent, without runtime fields', () => {
    const decision = decideRestore(object(), target);
    assert.ok(decision.action === 'create');
    assert.equal(
      stringifyJson(decision.object),
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"a"},"spec":{"replicas":1}}',
    );
  });

  it('applies to what is there', () => {
    const live = object({ spec: { replicas: 5 } });
    const decision = decideRestore(object(), { ...target, live });
    assert.ok(decision.action === 'apply');
    assert.equal(decision.live, live);
  });

  it('keeps status where it is no subresource', () => {
    const decision = decideRestore(object(), {
      ...target,
      resource: { ...resource, subresources: ['scale'] },
    });
    assert.ok(decision.action === 'create');
    assert.match(stringifyJson(decision.object), /"status":\{"x":1\}/);
  });

  it('skips what a controller makes, before it asks for anything else', () => {
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true },
    ];
    const replicaSet = object({ kind: 'ReplicaSet', metadata: { name: 'web-1', ownerReferences } });
    assert.deepEqual(decideRestore(replicaSet, { ...target, resource: undefined, pending: 'p' }), {
      action: 'skip',
      reason: 'Deployment web makes it again',
    });
  });

  it('defers what needs something that is not there yet', () => {
    assert.deepEqual(decideRestore(object(), { ...target, pending: 'why' }), {
      action: 'defer',
      reason: 'why',
    });
  });

  it('refuses what the cluster does not serve, and says what it does', () => {
    const none = decideRestore(object(), { ...target, resource: undefined, servedVersions: [] });
    assert.deepEqual(none, {
      action: 'refuse',
      reason: 'the cluster does not serve Deployment of apps/v1: restore its CustomResourceDefinition first',
    });
    const other = decideRestore(object(), {
      ...target,
      resource: undefined,
      servedVersions: ['apps/v2', 'apps/v3'],
    });
    assert.deepEqual(other, {
      action: 'refuse',
      reason: 'the cluster does not serve Deployment of apps/v1: it serves apps/v2, apps/v3',
    });
  });
});
