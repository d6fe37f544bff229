import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LeftAloneSearch } from '../../src/resources/left-alone.ts';
import {
  jsonFrom,
  stringAt,
  valueAt,
  type JsonObject,
  type JsonValue,
} from '../../src/resources/json-value.ts';
import { stringifyJson } from '../../src/resources/json-text.ts';
import { mapIdentity, mapObject } from '../../src/resources/map-object.ts';
import {
  IDENTITY_MAPPING,
  invertMapping,
  mapHost,
  mapImage,
  type Mapping,
} from '../../src/resources/mapping.ts';
import { identityOf } from '../../src/resources/object-path.ts';
import { referencesOf } from '../../src/resources/references.ts';
import { yamlFromJson } from '../../src/resources/yaml-emit.ts';
import { knowledgeOf, MOVED, shopObjects } from './moving-shop.ts';

function mapAll(objects: readonly JsonObject[], mapping: Mapping): JsonObject[] {
  const knowledge = knowledgeOf(objects);
  return objects.map((object) => mapObject(object, { mapping, ...knowledge }));
}

function find(objects: readonly JsonObject[], kind: string, name?: string): JsonObject {
  const found = objects.find(
    (object) =>
      stringAt(object, 'kind') === kind &&
      (name ?? stringAt(object, 'metadata', 'name')) === stringAt(object, 'metadata', 'name'),
  );
  assert.ok(found, `${kind} ${name ?? ''}`);
  return found;
}

function texts(objects: readonly JsonObject[]): string[] {
  return objects.map((object) => yamlFromJson(object));
}

describe('mapping objects', () => {
  it('changes nothing where nothing is mapped', () => {
    const objects = shopObjects();
    const mapped = mapAll(objects, { ...IDENTITY_MAPPING, namespaces: new Map([['shop', 'shop']]) });
    for (const [index, object] of objects.entries()) assert.equal(mapped[index], object);
  });

  it('does not change its argument', () => {
    const objects = shopObjects();
    const before = texts(objects);
    mapAll(objects, { ...MOVED, namePrefix: 'x-' });
    assert.deepEqual(texts(objects), before);
  });

  it('moves namespaces, classes, hosts and registries everywhere in a set', () => {
    const text = texts(mapAll(shopObjects(), MOVED)).join('---\n');
    for (const [old, where] of [
      [/(?<![a-z-])shop(?![a-z.-])/, 'namespace shop'],
      [/(?<![a-z-])bank(?![a-z-])/, 'namespace bank'],
      [/(?<![a-z-])fast(?![a-z-])/, 'class fast'],
      [/ingressClassName: nginx/, 'class nginx'],
      [/(?<!: )(?<!a\.)shop\.example\.com/, 'the host'],
      [/quay\.io\/acme/, 'the registry'],
    ] as const) {
      const lines = text.split('\n').filter((line) => old.test(line));
      // A label of a custom resource is somebody's own word.
      assert.deepEqual(
        lines.map((line) => line.trim()).filter((line) => line !== 'namespace: shop'),
        [],
        where,
      );
    }
    for (const now of [
      'registry.local:5000/quay/acme/web/front:1.2',
      'db.shop-two.svc.cluster.local',
      'http://pay.vault.svc/',
      'pay.vault:80',
      '--namespace=shop-two',
      'shop-two.svc.cluster.local',
      'system:serviceaccount:shop-two:web',
      'system:serviceaccounts:vault',
      'standard.storageclass.storage.k8s.io/requests.storage',
      'postgres://user@db.shop-two.svc.cluster.local:5432/x',
      'https://shop.example.net/path',
    ]) {
      assert.ok(text.includes(now), now);
    }
  });

  it('puts a prefix before the names of the set and where they are named, and leaves others', () => {
    const objects = mapAll(shopObjects(), { ...IDENTITY_MAPPING, namePrefix: 'x-' });
    const deployment = find(objects, 'Deployment', 'x-web');
    const pod = valueAt(deployment, 'spec', 'template', 'spec');
    assert.equal(stringAt(pod, 'serviceAccountName'), 'x-web');
    assert.equal(stringAt(pod, 'volumes', 0, 'configMap', 'name'), 'x-settings');
    assert.equal(stringAt(pod, 'volumes', 1, 'configMap', 'name'), 'kube-root-ca.crt');
    const container = valueAt(pod, 'containers', 0);
    assert.equal(stringAt(container, 'command', 1), 'http://x-db:5432/');
    assert.equal(stringAt(container, 'env', 0, 'value'), 'x-pg-0.x-db.shop.svc.cluster.local');
    assert.equal(stringAt(container, 'env', 1, 'value'), 'x-db:9092,x-pg-0.x-db:9092');
    assert.equal(stringAt(container, 'env', 5, 'valueFrom', 'secretKeyRef', 'name'), 'x-creds');
    find(objects, 'PersistentVolumeClaim', 'data-x-pg-0');
    assert.equal(stringAt(find(objects, 'PersistentVolume'), 'spec', 'claimRef', 'name'), 'data-x-pg-0');
    assert.equal(stringAt(find(objects, 'ClusterRoleBinding'), 'roleRef', 'name'), 'view');
    assert.equal(stringAt(find(objects, 'RoleBinding'), 'roleRef', 'name'), 'x-reader');
    assert.equal(stringAt(find(objects, 'Role'), 'rules', 0, 'resourceNames', 0), 'x-settings');
    assert.equal(stringAt(find(objects, 'Namespace', 'shop'), 'metadata', 'name'), 'shop');
    find(objects, 'APIService', 'v1.metrics.example.com');
    find(objects, 'CustomResourceDefinition', 'backups.stores.example.com');
    const backup = find(objects, 'Backup', 'x-nightly');
    assert.equal(stringAt(backup, 'spec', 'secretName'), 'x-creds');
    assert.equal(stringAt(backup, 'spec', 'source', 'name'), 'x-db');
    assert.equal(stringAt(backup, 'spec', 'credentialsSecretRef', 'name'), 'x-creds');
    assert.equal(stringAt(backup, 'spec', 'credentialsSecretRef', 'key'), 'url');
    const embedded = valueAt(backup, 'spec', 'template', 'spec');
    assert.equal(stringAt(embedded, 'serviceAccountName'), 'x-web');
    assert.equal(stringAt(embedded, 'containers', 0, 'envFrom', 0, 'secretRef', 'name'), 'x-creds');
  });

  it('maps what kubectl apply remembers, as an object', () => {
    const deployment = find(shopObjects(), 'Deployment');
    const applied = `${stringifyJson(deployment)}\n`;
    const annotated = jsonFrom({ 'kubectl.kubernetes.io/last-applied-configuration': applied });
    const metadata = new Map(deployment.get('metadata') as JsonObject).set('annotations', annotated);
    const [mapped] = mapAll([new Map(deployment).set('metadata', metadata)], MOVED);
    const path = ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'];
    assert.equal(stringAt(mapped, ...path), `${stringifyJson(mapAll([deployment], MOVED)[0]!)}\n`);
  });

  it('lets two namespaces change places', () => {
    const swap = {
      ...IDENTITY_MAPPING,
      namespaces: new Map([
        ['shop', 'bank'],
        ['bank', 'shop'],
      ]),
    };
    const objects = mapAll(shopObjects(), swap);
    assert.equal(stringAt(find(objects, 'Deployment'), 'metadata', 'namespace'), 'bank');
    assert.deepEqual(texts(mapAll(objects, swap)), texts(shopObjects()));
  });

  it('leaves mail addresses, longer names and words alone', () => {
    const text = (value: string): JsonObject =>
      jsonFrom({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'm', namespace: 'shop' },
        data: { value },
      }) as JsonObject;
    for (const same of [
      'mail to admin@shop.example.com',
      'notshop.example.com.org',
      'shop',
      'db.shop.com',
      'v1.shop',
      'the shop. svc',
      'file.shop',
    ]) {
      const [mapped] = mapAll([text(same), ...shopObjects()], {
        ...MOVED,
        hosts: new Map([['shop.example.com', 'x.y']]),
      });
      assert.equal(stringAt(mapped, 'data', 'value'), same);
    }
  });
});

describe('mapping hosts and images', () => {
  it('takes the longest domain', () => {
    const mapping = {
      ...MOVED,
      hosts: new Map([
        ['.example.com', '.a'],
        ['.shop.example.com', '.b'],
        ['shop.example.com', 'c'],
      ]),
    };
    const expected = {
      'x.shop.example.com': 'x.b',
      'shop.example.com': 'c',
      'y.example.com': 'y.a',
      '*.example.com': '*.a',
      'example.com': 'example.com',
    };
    for (const [host, mapped] of Object.entries(expected)) assert.equal(mapHost(mapping, host), mapped);
  });

  it('knows which registry an image means', () => {
    const mapping = {
      ...MOVED,
      imageRegistries: new Map([
        ['docker.io', 'r.local/hub'],
        ['docker.io/library/nginx', 'r.local/nginx'],
        ['gcr.io/a', 'r.local/a'],
        ['acme', 'r.local/acme'],
      ]),
    };
    const digest = `sha256:${'a'.repeat(64)}`;
    const expected = {
      redis: 'r.local/hub/library/redis',
      'nginx:1': 'r.local/nginx:1',
      'grafana/grafana:10': 'r.local/hub/grafana/grafana:10',
      'acme/web': 'r.local/acme/web',
      [`gcr.io/a/b@${digest}`]: `r.local/a/b@${digest}`,
      'gcr.io/ab/c': 'gcr.io/ab/c',
      'localhost:5000/x': 'localhost:5000/x',
      'not an image': 'not an image',
    };
    for (const [image, mapped] of Object.entries(expected)) assert.equal(mapImage(mapping, image), mapped);
  });
});

describe('mappings as functions', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{2,8}(-[a-z0-9]{1,4})?$/);
  const CASES = fc
    .tuple(
      fc.uniqueArray(label, { minLength: 12, maxLength: 12 }),
      fc.constantFrom('', 'x-', 'stage-two-'),
      fc.subarray(['namespaces', 'storageClasses', 'ingressClasses', 'hosts', 'imageRegistries'] as const),
    )
    .map(([words, namePrefix, tables]) => {
      const [a, b, service, set, c, d, e, f, g, h, i, j] = words.map(
        (word, index) => `${word}${String.fromCharCode(97 + index)}q`,
      ) as string[] & { length: 12 };
      const names = {
        namespace: a!,
        other: b!,
        service: service!,
        set: set!,
        storageClass: c!,
        ingressClass: d!,
        host: `${e!}.example.com`,
        registry: `${f!}.io/acme`,
      };
      const all = {
        namespaces: new Map([
          [a!, g!],
          [b!, h!],
        ]),
        storageClasses: new Map([[c!, i!]]),
        ingressClasses: new Map([[d!, j!]]),
        hosts: new Map([['.example.com', `.${g!}.example.net`]]),
        imageRegistries: new Map([[`${f!}.io`, `mirror.local:5000/${f!}`]]),
      };
      const picked = Object.fromEntries(tables.map((table) => [table, all[table]]));
      return { names, mapping: { ...IDENTITY_MAPPING, namePrefix, ...picked } };
    });

  it('are taken back by their inverse', () => {
    fc.assert(
      fc.property(CASES, ({ names, mapping }) => {
        const inverse = invertMapping(mapping);
        assert.ok(inverse);
        const objects = shopObjects(names);
        assert.deepEqual(texts(mapAll(mapAll(objects, mapping), inverse)), texts(objects));
      }),
      { numRuns: 60 },
    );
  });

  it('keep what refers to what', () => {
    fc.assert(
      fc.property(CASES, ({ names, mapping }) => {
        const objects = shopObjects(names);
        const context = { mapping, ...knowledgeOf(objects) };
        const mapped = objects.map((object) => mapObject(object, context));
        const { set: after } = knowledgeOf(mapped);
        for (const [index, object] of objects.entries()) {
          assert.deepEqual(identityOf(mapped[index]!), mapIdentity(identityOf(object)!, context));
          const [before, now] = [referencesOf(object), referencesOf(mapped[index]!)];
          assert.equal(now.length, before.length);
          for (const [at, { target }] of before.entries()) {
            const expected = mapIdentity({ ...target, version: '' }, context);
            const found = now[at]!.target;
            assert.deepEqual(
              [found.kind, found.namespace, found.name],
              [expected.kind, expected.namespace, expected.name],
            );
            assert.equal(after.has(found), context.set.has(target));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('have no inverse where two names become one', () => {
    const both = new Map([
      ['a', 'c'],
      ['b', 'c'],
    ]);
    assert.equal(invertMapping({ ...IDENTITY_MAPPING, namespaces: both }), undefined);
  });

  it('refuse no object, whatever it holds', () => {
    const value: fc.Arbitrary<JsonValue> = fc.jsonValue({ maxDepth: 4 }).map((plain) => jsonFrom(plain));
    const kinds = fc.constantFrom('Pod', 'Ingress', 'Role', 'ResourceQuota', 'Backup', 'ConfigMap');
    fc.assert(
      fc.property(kinds, value, value, (kind, spec, rules) => {
        const object: JsonObject = new Map([
          ['apiVersion', 'v1'],
          ['kind', kind],
          ['metadata', jsonFrom({ name: 'a', namespace: 'shop' })],
          ['spec', spec],
          ['rules', rules],
          ['data', spec],
        ]);
        const [mapped] = mapAll([object], { ...MOVED, namePrefix: 'x-' });
        assert.equal(stringAt(mapped, 'metadata', 'namespace'), 'shop-two');
        const context = { mapping: MOVED, ...knowledgeOf([object]) };
        assert.ok(Array.isArray(new LeftAloneSearch(context).places(object, mapped!)));
      }),
    );
  });
});
