import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonFrom } from '../../src/resources/json-value.ts';
import {
  apiVersionOf,
  formatIdentity,
  identityFromPath,
  identityOf,
  isSameObject,
  pathOf,
  splitApiVersion,
  type ResourceIdentity,
} from '../../src/resources/object-path.ts';

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/);
const name = fc.oneof(
  label,
  fc.stringMatching(/^[^/\0%]{1,20}$/u).filter((text) => text !== '.' && text !== '..'),
);
const identity: fc.Arbitrary<ResourceIdentity> = fc.record(
  {
    group: fc.oneof(
      fc.constant(''),
      fc.constant('apps'),
      label.map((text) => `${text}.example.io`),
    ),
    version: fc.constantFrom('v1', 'v1beta1', 'v2alpha3'),
    kind: fc.constantFrom('Pod', 'Deployment', 'ClusterRole'),
    namespace: fc.option(label, { nil: undefined }),
    name,
  },
  { noNullPrototype: true },
);

describe('object-path', () => {
  it('is reversible for every identity', () => {
    fc.assert(fc.property(identity, (one) => assert.deepEqual(identityFromPath(pathOf(one)), one)));
  });

  it('gives different objects different paths', () => {
    fc.assert(
      fc.property(identity, identity, (left, right) => {
        assert.equal(
          pathOf(left) === pathOf(right),
          isSameObject(left, right) && left.version === right.version,
        );
      }),
    );
  });

  it("is Plakar's layout", () => {
    const deployment = { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    assert.equal(pathOf(deployment), '/shop/apps/Deployment/v1/web.yaml');
    const role = {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      kind: 'ClusterRole',
      namespace: undefined,
      name: 'system:node',
    };
    assert.equal(pathOf(role), '/_/rbac.authorization.k8s.io/ClusterRole/v1/system:node.yaml');
    assert.equal(
      pathOf({ group: '', version: 'v1', kind: 'Namespace', namespace: undefined, name: 'shop' }),
      '/_/_/Namespace/v1/shop.yaml',
    );
  });

  it('refuses names that Kubernetes cannot have and that would leave the folder', () => {
    const base = { group: '', version: 'v1', kind: 'Pod', namespace: 'a', name: 'b' };
    for (const broken of [
      { name: 'a/b' },
      { name: '..' },
      { name: '' },
      { name: 'a\0' },
      { namespace: '..' },
      { kind: '' },
    ]) {
      assert.throws(() => pathOf({ ...base, ...broken }), { code: 'CONNECTOR_INPUT' });
    }
  });

  for (const path of [
    '/',
    '/a/b/C/v1',
    '/a/b/C/v1/d',
    '/a/b/C/v1/.yaml',
    '/a/b/C/v1/d.yaml/e.yaml',
    'a/b/C/v1/d.yaml',
    '//b/C/v1/d.yaml',
    '/dump',
  ]) {
    it(`${path} is no object`, () => {
      assert.equal(identityFromPath(path), undefined);
    });
  }

  it('reads an identity out of an object', () => {
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
    };
    assert.deepEqual(identityOf(jsonFrom(object)), {
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
    });
    assert.equal(identityOf(jsonFrom({ ...object, metadata: { generateName: 'web-' } })), undefined);
    assert.equal(identityOf(jsonFrom({ ...object, kind: 1 })), undefined);
    assert.equal(identityOf('x'), undefined);
  });

  it("names objects as kubectl's output does", () => {
    assert.equal(formatIdentity({ group: 'apps', kind: 'Deployment', name: 'web' }), 'deployment.apps/web');
    assert.equal(formatIdentity({ group: '', kind: 'ConfigMap', name: 'a' }), 'configmap/a');
  });

  it('takes apiVersion apart and puts it together', () => {
    for (const apiVersion of ['v1', 'apps/v1', 'example.io/v1beta1']) {
      assert.equal(apiVersionOf(splitApiVersion(apiVersion)), apiVersion);
    }
  });
});
