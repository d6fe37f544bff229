import assert from 'node:assert/strict';
import { leftOutReason } from '../../src/resources/controller-made.ts';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';

const reasonFor = (
  apiVersion: string,
  kind: string,
  metadata: object,
  rest: object = {},
): string | undefined =>
  leftOutReason(
    jsonFrom({
      apiVersion,
      kind,
      metadata: { name: 'a', namespace: 'shop', ...metadata },
      ...rest,
    }) as JsonObject,
  );
const owner = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true }],
};

describe('controller-made objects', () => {
  const leftOut: readonly (readonly [what: string, reason: string | undefined, expected: RegExp])[] = [
    ['the root CA', reasonFor('v1', 'ConfigMap', { name: 'kube-root-ca.crt' }), /root CA publisher/],
    [
      'a default ServiceAccount',
      reasonFor('v1', 'ServiceAccount', { name: 'default' }),
      /service account controller/,
    ],
    ['an owned ReplicaSet', reasonFor('apps/v1', 'ReplicaSet', owner), /^Deployment web makes it again$/],
    ['an owned Pod', reasonFor('v1', 'Pod', owner), /makes it again/],
    ['an owned Job', reasonFor('batch/v1', 'Job', owner), /makes it again/],
    ['an owned ControllerRevision', reasonFor('apps/v1', 'ControllerRevision', owner), /makes it again/],
    [
      'a mirror Pod',
      reasonFor('v1', 'Pod', { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      /static Pod/,
    ],
    ['an Event', reasonFor('v1', 'Event', {}), /what happened/],
    ['an Event of the newer group', reasonFor('events.k8s.io/v1', 'Event', {}), /what happened/],
    ['a Lease', reasonFor('coordination.k8s.io/v1', 'Lease', {}), /heartbeat/],
    [
      'a token Secret',
      reasonFor('v1', 'Secret', {}, { type: 'kubernetes.io/service-account-token' }),
      /token/,
    ],
    [
      'the Service of the API server',
      reasonFor('v1', 'Service', { namespace: 'default', name: 'kubernetes' }),
      /API server/,
    ],
    [
      'a default ClusterRole',
      reasonFor('rbac.authorization.k8s.io/v1', 'ClusterRole', {
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      }),
      /default/,
    ],
    [
      'an untouched system namespace',
      reasonFor('v1', 'Namespace', {
        name: 'kube-system',
        labels: { 'kubernetes.io/metadata.name': 'kube-system' },
      }),
      /every cluster/,
    ],
    [
      "a backup tool's helper",
      reasonFor('apps/v1', 'Deployment', { labels: { 'plakar.io/generated-resource': 'true' } }),
      /backup tool/,
    ],
  ];
  for (const [what, reason, expected] of leftOut) {
    it(`${what} is left out`, () => {
      assert.match(reason ?? 'kept', expected);
    });
  }

  const kept: readonly (readonly [what: string, reason: string | undefined])[] = [
    ['any other ConfigMap', reasonFor('v1', 'ConfigMap', {})],
    [
      'a ServiceAccount default that somebody changed',
      reasonFor('v1', 'ServiceAccount', { name: 'default' }, { imagePullSecrets: [] }),
    ],
    ['a Pod of its own', reasonFor('v1', 'Pod', {})],
    [
      'a Pod with an owner that does not control it',
      reasonFor('v1', 'Pod', { ownerReferences: [{ kind: 'X', name: 'x' }] }),
    ],
    ['a Deployment that an operator owns', reasonFor('apps/v1', 'Deployment', owner)],
    ['Endpoints written by hand', reasonFor('v1', 'Endpoints', {})],
    [
      'an EndpointSlice written by hand',
      reasonFor('discovery.k8s.io/v1', 'EndpointSlice', {
        labels: { 'endpointslice.kubernetes.io/managed-by': 'me' },
      }),
    ],
    ['a Secret', reasonFor('v1', 'Secret', {}, { type: 'Opaque' })],
    [
      'a default ClusterRole that somebody took over',
      reasonFor('rbac.authorization.k8s.io/v1', 'ClusterRole', {
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' },
      }),
    ],
    [
      'a system namespace with labels',
      reasonFor('v1', 'Namespace', {
        name: 'kube-system',
        labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
      }),
    ],
    ['an Event of another group', reasonFor('example.io/v1', 'Event', {})],
    ['a PriorityClass', reasonFor('scheduling.k8s.io/v1', 'PriorityClass', {})],
  ];
  for (const [what, reason] of kept) {
    it(`${what} is kept`, () => {
      assert.equal(reason, undefined);
    });
  }
});
