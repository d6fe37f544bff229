import assert from 'node:assert/strict';
import { BUILT_IN_KINDS } from '../../src/resources/built-in-kinds.ts';
import {
  cloneJson,
  isJsonObject,
  jsonFrom,
  valueAt,
  type JsonObject,
} from '../../src/resources/json-value.ts';
import { REFERENCE_SECTIONS } from '../../src/resources/reference-table.ts';
import { redirectReference, referencesOf } from '../../src/resources/references.ts';

function objectFrom(plain: object): JsonObject {
  const object = jsonFrom(plain);
  assert.ok(isJsonObject(object));
  return object;
}

function lines(plain: object): string[] {
  return referencesOf(jsonFrom(plain)).map(({ role, target, optional, path }) => {
    const { group, kind, namespace, name } = target;
    const kindText = group === '' ? kind : `${kind}.${group}`;
    return `${path.join('.')}: ${role} ${kindText} ${namespace ?? '-'}/${name}${optional ? '?' : ''}`;
  });
}

const POD_SPEC = {
  serviceAccountName: 'robot',
  imagePullSecrets: [{ name: 'pull' }],
  containers: [
    {
      name: 'a',
      envFrom: [{ configMapRef: { name: 'env', optional: true } }, { secretRef: { name: 'env' } }],
      env: [
        { name: 'PLAIN', value: 'x' },
        { name: 'A', valueFrom: { configMapKeyRef: { name: 'one', key: 'k' } } },
        { name: 'B', valueFrom: { secretKeyRef: { name: 'two', key: 'k' } } },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
    },
  ],
  volumes: [
    { name: 'v', configMap: { name: 'files' } },
    { name: 'w', secret: { secretName: 'keys', optional: true } },
    { name: 'x', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'y', projected: { sources: [{ serviceAccountToken: {} }, { configMap: { name: 'more' } }] } },
    { name: 'z', emptyDir: {} },
  ],
};
const POD_LINES = [
  'serviceAccountName: service account ServiceAccount shop/robot',
  'imagePullSecrets.0.name: image pull secret Secret shop/pull?',
  'containers.0.envFrom.0.configMapRef.name: environment ConfigMap shop/env?',
  'containers.0.envFrom.1.secretRef.name: environment Secret shop/env',
  'containers.0.env.1.valueFrom.configMapKeyRef.name: environment ConfigMap shop/one',
  'containers.0.env.2.valueFrom.secretKeyRef.name: environment Secret shop/two',
  'volumes.0.configMap.name: volume ConfigMap shop/files',
  'volumes.1.secret.secretName: volume Secret shop/keys?',
  'volumes.2.persistentVolumeClaim.claimName: volume PersistentVolumeClaim shop/data',
  'volumes.3.projected.sources.1.configMap.name: volume ConfigMap shop/more',
];

describe('references of objects', () => {
  const bases: readonly (readonly [string, string, string])[] = [
    ['v1', 'Pod', 'spec'],
    ['v1', 'PodTemplate', 'template.spec'],
    ['v1', 'ReplicationController', 'spec.template.spec'],
    ['apps/v1', 'ReplicaSet', 'spec.template.spec'],
    ['apps/v1', 'Deployment', 'spec.template.spec'],
    ['apps/v1', 'StatefulSet', 'spec.template.spec'],
    ['apps/v1', 'DaemonSet', 'spec.template.spec'],
    ['batch/v1', 'Job', 'spec.template.spec'],
    ['batch/v1', 'CronJob', 'spec.jobTemplate.spec.template.spec'],
  ];
  for (const [apiVersion, kind, base] of bases) {
    it(`finds what the Pods of a ${kind} need`, () => {
      let spec: object = POD_SPEC;
      for (const step of base.split('.').reverse()) spec = { [step]: spec };
      assert.deepEqual(
        lines({ apiVersion, kind, metadata: { name: 'a', namespace: 'shop' }, ...spec }),
        POD_LINES.map((line) => `${base}.${line}`),
      );
    });
  }

  it('reads group, kind and namespace from the fields beside the name', () => {
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'b', namespace: 'shop' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'ServiceAccount', name: 'robot', namespace: 'ci' },
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccount:ops:admin' },
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'anna' },
        { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccounts:ops' },
        { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccounts' },
      ],
    };
    assert.deepEqual(lines(binding), [
      'roleRef.name: role ClusterRole.rbac.authorization.k8s.io -/view',
      'subjects.0.name: subject ServiceAccount ci/robot?',
      'subjects.1.name: subject ServiceAccount ops/admin?',
      'subjects.3.name: subject Namespace -/ops?',
    ]);
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'r', namespace: 'shop' },
      spec: {
        parentRefs: [
          { name: 'edge', namespace: 'infra' },
          { name: 'mesh', group: '', kind: 'Service' },
        ],
        rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
      },
    };
    assert.deepEqual(lines(route), [
      'spec.parentRefs.0.name: gateway Gateway.gateway.networking.k8s.io infra/edge',
      'spec.parentRefs.1.name: gateway Service shop/mesh',
      'spec.rules.0.backendRefs.0.name: backend Service shop/web',
    ]);
  });

  it('knows what lies in no namespace, what is a template, and who owns an object', () => {
    assert.deepEqual(
      lines({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'fast' },
        provisioner: 'disk.example.com',
        parameters: {
          'csi.storage.k8s.io/node-stage-secret-name': 'luks',
          'csi.storage.k8s.io/node-stage-secret-namespace': 'disks',
          'csi.storage.k8s.io/provisioner-secret-name': '${pvc.name}',
        },
      }),
      [
        'provisioner: driver CSIDriver.storage.k8s.io -/disk.example.com?',
        'parameters.csi.storage.k8s.io/node-stage-secret-name: driver secret Secret disks/luks',
      ],
    );
    const owned = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: 'e',
        namespace: 'default',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u-1' }],
      },
      involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
      related: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'p' },
    };
    assert.deepEqual(lines(owned), [
      'metadata.ownerReferences.0.name: owner ReplicaSet.apps default/web-1',
      'involvedObject.name: event Node -/node-1?',
      'related.name: event Pod shop/p?',
    ]);
    assert.equal(referencesOf(jsonFrom(owned))[0]?.target.uid, 'u-1');
  });

  it('asks the caller for the scope of kinds that are not built in', () => {
    const object = jsonFrom({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', namespace: 'shop' },
      spec: { scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Fleet', name: 'f' } },
    });
    assert.equal(referencesOf(object)[0]?.target.namespace, 'shop');
    assert.equal(referencesOf(object, () => false)[0]?.target.namespace, undefined);
  });

  it('writes another name and namespace in place', () => {
    const binding = objectFrom({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'b' },
      subjects: [
        { kind: 'ServiceAccount', name: 'robot', namespace: 'ci' },
        { kind: 'User', name: 'system:serviceaccount:ci:robot' },
        { kind: 'Group', name: 'system:serviceaccounts:ci' },
      ],
    });
    const moved = cloneJson(binding);
    for (const reference of referencesOf(moved)) {
      const to =
        reference.target.kind === 'Namespace' ? { name: 'cd' } : { namespace: 'cd', name: 'android' };
      redirectReference(moved, reference, to);
    }
    assert.deepEqual(
      [0, 1, 2].map((index) => valueAt(moved, 'subjects', index, 'name')),
      ['android', 'system:serviceaccount:cd:android', 'system:serviceaccounts:cd'],
    );
    assert.equal(valueAt(moved, 'subjects', 0, 'namespace'), 'cd');
    assert.equal(valueAt(binding, 'subjects', 0, 'namespace'), 'ci');
  });

  it('names only kinds that there are, each place with a source', () => {
    const known = new Set(
      BUILT_IN_KINDS.map(({ group, kind }) => (group === '' ? kind : `${kind}.${group}`)),
    );
    const foreign = /\.(?:gateway\.networking|snapshot\.storage)\.k8s\.io$|^Ingress\.extensions$/;
    for (const { kinds, rows, source } of REFERENCE_SECTIONS) {
      assert.match(source, /^https:\/\//);
      const targets = rows.map(([, , target]) => target).filter((target) => typeof target === 'string');
      for (const kind of [...kinds, ...targets]) {
        assert.ok(kind === '*' || foreign.test(kind) || known.has(kind), kind);
      }
    }
  });
});
