/** No value of a Secret comes through, wherever tools repeat it; everything else does. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { stringifyJson } from '../../src/resources/json-text.ts';
import { jsonFrom, stringAt, type JsonObject } from '../../src/resources/json-value.ts';
import { redactSecrets } from '../../src/resources/redaction.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const nameOf = (value: Uint8Array): string =>
  `redacted-${createHash('sha256').update(value).digest('hex').slice(0, 32)}`;
const redact = (plain: object): JsonObject => redactSecrets(jsonFrom(plain) as JsonObject, nameOf);

const CANARY = 'canary-value-0123456789';
/** Every form in which the canary could still be read. */
function assertHidden(object: JsonObject): void {
  const text = stringifyJson(object);
  for (const form of [CANARY, base64(CANARY), base64(base64(CANARY)), gzipSync(CANARY).toString('base64')]) {
    assert.ok(!text.includes(form), text);
  }
  for (const [, packed] of text.matchAll(/"([A-Za-z0-9+/]{16,}={0,2})"/g)) {
    assert.ok(!Buffer.from(packed!, 'base64').toString().includes(CANARY), text);
  }
}

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db' },
  type: 'Opaque',
  data: { password: base64(CANARY) },
};

describe('redacted Secrets', () => {
  const HIDING: Readonly<Record<string, object>> = {
    data: secret,
    stringData: { ...secret, data: undefined, stringData: { password: CANARY } },
    'a value that is no base64': { ...secret, data: { password: `${CANARY} !` } },
    'what kubectl apply remembers': {
      ...secret,
      metadata: {
        name: 'db',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(secret) },
      },
    },
    'what kubectl apply remembers, damaged': {
      ...secret,
      metadata: {
        name: 'db',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': `{"kind":"Secret","data":"${CANARY}`,
        },
      },
    },
    'a packed copy': {
      ...secret,
      metadata: {
        name: 'db',
        annotations: { 'objectset.rio.cattle.io/applied': gzipSync(CANARY).toString('base64') },
      },
    },
    'an annotation that repeats the value': {
      ...secret,
      metadata: { name: 'db', annotations: { note: `was ${CANARY}` } },
    },
    'a label that is the value in base64': {
      ...secret,
      metadata: { name: 'db', labels: { copy: base64(CANARY) } },
    },
    'a registry': {
      ...secret,
      type: 'kubernetes.io/dockerconfigjson',
      data: {
        '.dockerconfigjson': base64(
          JSON.stringify({ auths: { 'r.example': { auth: base64(`user:${CANARY}`) } } }),
        ),
      },
    },
    'a service account token': {
      ...secret,
      type: 'kubernetes.io/service-account-token',
      data: { token: base64(CANARY), namespace: base64('shop') },
    },
    'a Helm release': {
      ...secret,
      type: 'helm.sh/release.v1',
      data: { release: base64(gzipSync(CANARY).toString('base64')) },
    },
    'a Helm release in a ConfigMap': {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'sh.helm.release.v1.shop.v1', labels: { owner: 'helm' } },
      data: { release: gzipSync(CANARY).toString('base64') },
    },
    'a List': { apiVersion: 'v1', kind: 'List', items: [secret] },
    'a Secret inside another object': {
      apiVersion: 'work.example/v1',
      kind: 'Work',
      spec: { manifests: [{ ...secret, apiVersion: undefined }] },
    },
    'a manifest in a ConfigMap': {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: {
        'addon.yaml': `kind: ConfigMap\n---\napiVersion: v1\nkind: Secret\nstringData:\n  password: ${CANARY}\n`,
      },
    },
    'a manifest in a ConfigMap that cannot be read': {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: { 'addon.yaml': `kind: Secret\nstringData: {password: ${CANARY}\n  ]` },
    },
    'text inside text': {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      data: {
        outer: JSON.stringify({
          kind: 'ConfigMap',
          data: { inner: JSON.stringify({ ...secret, stringData: { p: CANARY } }) },
        }),
      },
    },
    'values that are no strings': { ...secret, data: [CANARY], stringData: { list: [CANARY] } },
  };
  for (const [where, object] of Object.entries(HIDING)) {
    it(`hide ${where}`, () => {
      assert.notEqual(redact(object), jsonFrom(object));
      assertHidden(redact(object));
    });
  }

  it('keep keys, type and everything else, and are still what Kubernetes takes', () => {
    const object = redact({
      ...secret,
      metadata: { name: 'db', labels: { app: 'shop' } },
      data: { password: base64(CANARY), '.dockerconfigjson': base64('{}') },
    });
    assert.equal(stringAt(object, 'metadata', 'labels', 'app'), 'shop');
    assert.equal(stringAt(object, 'type'), 'Opaque');
    const password = Buffer.from(stringAt(object, 'data', 'password') ?? '', 'base64').toString();
    assert.equal(password, nameOf(Buffer.from(CANARY)));
    const registry = Buffer.from(stringAt(object, 'data', '.dockerconfigjson') ?? '', 'base64').toString();
    assert.deepEqual(Object.keys(JSON.parse(registry) as object), ['redacted']);
  });

  it('show which values are equal, whether in data or in stringData', () => {
    const object = redact({
      ...secret,
      data: { a: base64(CANARY), b: base64('other') },
      stringData: { c: CANARY },
    });
    const [a, b, c] = [
      stringAt(object, 'data', 'a'),
      stringAt(object, 'data', 'b'),
      stringAt(object, 'stringData', 'c'),
    ];
    assert.equal(a, base64(c ?? ''));
    assert.notEqual(a, b);
  });

  it('give back the very object where there is nothing to hide', () => {
    for (const plain of [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        data: { note: 'the Secret of success', 'app.yaml': 'kind: ConfigMap' },
      },
      { apiVersion: 'apps/v1', kind: 'Deployment', spec: { volumes: [{ secret: { secretName: 'db' } }] } },
    ]) {
      const object = jsonFrom(plain) as JsonObject;
      assert.equal(redactSecrets(object, nameOf), object);
    }
  });

  it('never show a value, whatever it is and wherever it stands', () => {
    const key = fc.stringMatching(/^[a-z][a-z.-]{0,8}$/);
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.array(key, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        (value, keys, inText, asYaml) => {
          const inner = {
            apiVersion: 'v1',
            kind: 'Secret',
            data: Object.fromEntries(keys.map((name) => [name, base64(value)])),
            stringData: { s: value },
          };
          const text = asYaml ? `# note\n${JSON.stringify(inner, undefined, 1)}` : JSON.stringify(inner);
          const object = { kind: 'Any', spec: { deep: [{ value: inText ? text : inner }] } };
          const redacted = stringifyJson(redact(object));
          assert.ok(!redacted.includes(value) && !redacted.includes(base64(value)), redacted);
        },
      ),
    );
  });
});
