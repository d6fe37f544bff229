import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JsonNumber, equalJson, jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { RUNTIME_FIELDS } from '../../src/resources/runtime-field-table.ts';
import {
  cleanForRestore,
  comparable,
  runtimeFieldsOf,
  type LeftOutField,
} from '../../src/resources/runtime-fields.ts';
import { jsonValue } from './json-arbitrary.ts';

const object = (plain: unknown): JsonObject => jsonFrom(plain) as JsonObject;
const UID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const RUNTIME = { uid: UID, resourceVersion: '42', generation: 3, creationTimestamp: '2025-11-18T08:00:00Z' };

function assertCleaned(before: unknown, after: unknown): void {
  assert.deepEqual(cleanForRestore(object(before)), object(after));
}

describe('runtime fields', () => {
  it('leaves out what every object has from its cluster', () => {
    assertCleaned(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'a',
          namespace: 'b',
          ...RUNTIME,
          selfLink: '/x',
          deletionTimestamp: '2025-11-18T08:00:00Z',
          deletionGracePeriodSeconds: 0,
          managedFields: [],
          finalizers: ['foregroundDeletion', 'example.io/keep'],
          ownerReferences: [{ kind: 'X', uid: UID }],
          labels: { a: 'b' },
        },
        data: { status: 'kept' },
        status: { phase: 'gone' },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a', namespace: 'b', finalizers: ['example.io/keep'], labels: { a: 'b' } },
        data: { status: 'kept' },
      },
    );
  });

  it('does not change the object that it is given, and leaves a cleaned one as it is', () => {
    fc.assert(
      fc.property(jsonValue(false), jsonValue(false), (spec, metadata) => {
        const original = new Map([
          ['apiVersion', 'v1'],
          ['kind', 'Service'],
          ['metadata', metadata],
          ['spec', spec],
        ] as const);
        const copy = structuredCloneOf(original);
        const cleaned = cleanForRestore(original);
        assert.deepEqual(original, copy);
        assert.deepEqual(cleanForRestore(cleaned), cleaned);
      }),
    );
  });

  const service = (spec: object, metadata: object): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a', ...metadata },
    spec,
  });

  it('leaves out addresses and ports that the API server picked', () => {
    assertCleaned(
      service(
        {
          clusterIP: '10.0.0.7',
          clusterIPs: ['10.0.0.7'],
          ipFamilies: ['IPv4'],
          ipFamilyPolicy: 'SingleStack',
          healthCheckNodePort: 31000,
          ports: [{ port: 80, nodePort: 30000 }],
        },
        { uid: UID },
      ),
      service({ ports: [{ port: 80 }] }, {}),
    );
  });

  it('keeps those that somebody wrote', () => {
    const ports = [
      { port: 80, protocol: 'TCP', nodePort: 30080 },
      { port: 81, protocol: 'TCP', nodePort: 30081 },
    ];
    const fieldsV1 = {
      'f:spec': {
        'f:clusterIP': {},
        'f:ports': { 'k:{"port":81,"protocol":"TCP"}': { '.': {}, 'f:nodePort': {} }, 'k:nonsense': {} },
      },
    };
    const managedFields = [
      { manager: 'kubectl', fieldsV1 },
      { manager: 'x', subresource: 'status', fieldsV1: { 'f:spec': { 'f:clusterIPs': {} } } },
    ];
    assertCleaned(
      service({ clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'], ports }, { uid: UID, managedFields }),
      service({ clusterIP: '10.0.0.7', ports: [{ port: 80, protocol: 'TCP' }, ports[1]] }, {}),
    );
  });

  it('keeps everything of an object that never was on a server, and headless Services', () => {
    const written = service({ clusterIP: '10.0.0.7', ports: [{ port: 80, nodePort: 30000 }] }, {});
    assertCleaned(written, written);
    assertCleaned(
      service({ clusterIP: 'None', clusterIPs: ['None'] }, { uid: UID }),
      service({ clusterIP: 'None', clusterIPs: ['None'] }, {}),
    );
  });

  it('leaves out what admission adds to Pods', () => {
    const mount = {
      name: 'kube-api-access-8x6nv',
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    };
    const data = { name: 'data', mountPath: '/data' };
    assertCleaned(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a' },
        spec: {
          nodeName: 'n',
          priority: 0,
          preemptionPolicy: 'PreemptLowerPriority',
          serviceAccount: 'x',
          serviceAccountName: 'x',
          ephemeralContainers: [{ name: 'debugger' }],
          containers: [
            { name: 'a', volumeMounts: [data, mount] },
            { name: 'b', volumeMounts: [mount] },
          ],
          volumes: [
            { name: 'data', emptyDir: {} },
            { name: 'kube-api-access-8x6nv', projected: {} },
            { name: 'kube-api-access-mine', configMap: { name: 'c' } },
          ],
          tolerations: [
            {
              key: 'node.kubernetes.io/not-ready',
              operator: 'Exists',
              effect: 'NoExecute',
              tolerationSeconds: 300,
            },
            { key: 'mine', operator: 'Exists' },
          ],
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a' },
        spec: {
          serviceAccountName: 'x',
          containers: [{ name: 'a', volumeMounts: [data] }, { name: 'b' }],
          volumes: [
            { name: 'data', emptyDir: {} },
            { name: 'kube-api-access-mine', configMap: { name: 'c' } },
          ],
          tolerations: [{ key: 'mine', operator: 'Exists' }],
        },
      },
    );
  });

  it('leaves out the selector of a Job, unless it was chosen by hand', () => {
    const job = (manualSelector: boolean): object => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'a', labels: { 'controller-uid': UID, mine: 'x' } },
      spec: {
        manualSelector,
        selector: { matchLabels: { 'controller-uid': UID } },
        template: {
          metadata: {
            labels: { 'batch.kubernetes.io/controller-uid': UID, 'batch.kubernetes.io/job-name': 'a' },
          },
        },
      },
    });
    assertCleaned(job(true), job(true));
    assertCleaned(job(false), {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'a', labels: { mine: 'x' } },
      spec: { manualSelector: false },
    });
  });

  it('leaves out an injected CA bundle, not one that was written', () => {
    const configuration = (annotations: object, clientConfig: object): object => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'a', annotations },
      webhooks: [{ name: 'w', clientConfig }],
    });
    const clientConfig = { url: 'https://x', caBundle: 'eA==' };
    assertCleaned(configuration({ other: 'x' }, clientConfig), configuration({ other: 'x' }, clientConfig));
    const injected = { 'cert-manager.io/inject-ca-from': 'a/b' };
    assertCleaned(configuration(injected, clientConfig), configuration(injected, { url: 'https://x' }));
  });

  it('tells what was left out, with reason and source', () => {
    const leftOut: LeftOutField[] = [];
    cleanForRestore(object(service({ ports: [{ port: 80, nodePort: 30000 }] }, { uid: UID })), leftOut);
    assert.deepEqual(
      leftOut.map(({ path }) => path.join('.')),
      ['metadata.uid', 'spec.ports.0.nodePort'],
    );
  });

  it('has a reason and a source for every row', () => {
    for (const { kind, path, reason, source } of RUNTIME_FIELDS) {
      assert.match(reason, /^[a-z].*[^.]$/, path.join('.'));
      assert.match(source, /^https:\/\//, path.join('.'));
      assert.match(kind, /^(?:any|[A-Z][A-Za-z]+(?:\.[a-z0-9.]+)?)$/);
    }
    assert.ok(runtimeFieldsOf('batch', 'Job').length > runtimeFieldsOf('', 'Job').length);
  });
});

describe('comparable objects', () => {
  const deployment = (metadata: object, replicas: number): JsonObject =>
    object({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', ...metadata },
      spec: { replicas },
    });

  it('are equal where only the cluster differs', () => {
    const here = deployment({ ...RUNTIME, annotations: { 'deployment.kubernetes.io/revision': '3' } }, 2);
    const there = deployment({ uid: 'other', resourceVersion: '7', ownerReferences: undefined }, 2);
    assert.ok(equalJson(comparable(here), comparable(there)));
    assert.ok(!equalJson(comparable(here), comparable(deployment({}, 3))));
  });

  it('keep owners, though not their uids', () => {
    const owned = comparable(deployment({ ownerReferences: [{ kind: 'X', name: 'x', uid: UID }] }, 1));
    assert.deepEqual(owned, deployment({ ownerReferences: [{ kind: 'X', name: 'x' }] }, 1));
  });

  it("leave out kubectl's copy, which a restore keeps", () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}\n' };
    assert.deepEqual(comparable(deployment({ annotations }, 1)), deployment({}, 1));
    assert.deepEqual(cleanForRestore(deployment({ annotations }, 1)), deployment({ annotations }, 1));
  });
});

/** As `structuredClone`, which does not know {@link JsonNumber}. */
function structuredCloneOf(value: unknown): unknown {
  if (value instanceof JsonNumber) return new JsonNumber(value.text);
  if (Array.isArray(value)) return value.map(structuredCloneOf);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]: [unknown, unknown]) => [key, structuredCloneOf(item)]));
  }
  return value;
}
