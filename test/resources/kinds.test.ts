import assert from 'node:assert/strict';
import { BUILT_IN_KINDS } from '../../src/resources/built-in-kinds.ts';
import { jsonFrom } from '../../src/resources/json-value.ts';
import { KindCatalog, isSelected, kindFromDefinition, parseSelectors } from '../../src/resources/kinds.ts';

const definition = jsonFrom({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'tills.shop.example.io' },
  spec: {
    group: 'shop.example.io',
    scope: 'Namespaced',
    names: { kind: 'Till', plural: 'tills', shortNames: ['tl'] },
    versions: [
      { name: 'v1alpha1', served: true, storage: false },
      { name: 'v1', served: true, storage: true },
    ],
  },
});

describe('kinds', () => {
  const catalog = new KindCatalog();
  catalog.addDefinition(definition);

  const spellings: readonly (readonly [text: string, kind: string, group: string])[] = [
    ['deploy', 'Deployment', 'apps'],
    ['deployments', 'Deployment', 'apps'],
    ['Deployment', 'Deployment', 'apps'],
    ['deployment.apps', 'Deployment', 'apps'],
    ['deployments.v1.apps', 'Deployment', 'apps'],
    ['po', 'Pod', ''],
    ['pods.v1.', 'Pod', ''],
    ['ev', 'Event', ''],
    ['events.events.k8s.io', 'Event', 'events.k8s.io'],
    ['crd', 'CustomResourceDefinition', 'apiextensions.k8s.io'],
    ['netpol', 'NetworkPolicy', 'networking.k8s.io'],
    ['storageclasses.storage.k8s.io', 'StorageClass', 'storage.k8s.io'],
    ['tl', 'Till', 'shop.example.io'],
    ['till.shop.example.io', 'Till', 'shop.example.io'],
    ['tills.v1alpha1.shop.example.io', 'Till', 'shop.example.io'],
  ];
  for (const [text, kind, group] of spellings) {
    it(`${text} is ${kind}`, () => {
      const selector = catalog.select(text);
      assert.deepEqual([selector.kind.kind, selector.kind.group, selector.name], [kind, group, undefined]);
    });
  }

  it('keeps a version that was written, and a name', () => {
    const selector = catalog.select('tills.v1alpha1.shop.example.io/front');
    assert.equal(selector.version, 'v1alpha1');
    assert.equal(selector.name, 'front');
    assert.equal(catalog.select('clusterrole/system:node').name, 'system:node');
  });

  it('suggests what may have been meant', () => {
    const suggestion = (text: string): string => {
      try {
        catalog.select(text);
      } catch (error) {
        assert.ok(error instanceof Error && 'code' in error && error.code === 'NOT_FOUND_KIND');
        return error.message;
      }
      return 'found';
    };
    assert.equal(suggestion('deploymnet'), 'there is no kind "deploymnet": did you mean "deployment"?');
    assert.equal(suggestion('secrtes/a'), 'there is no kind "secrtes": did you mean "secrets"?');
    assert.equal(
      suggestion('xyzzyplugh'),
      'there is no kind "xyzzyplugh": see which kinds the archive holds',
    );
    assert.match(suggestion(''), /^there is no kind ""/);
    assert.match(suggestion('deployments.v9'), /^there is no kind/);
  });

  it('knows every built-in kind by each of its spellings', () => {
    for (const kind of BUILT_IN_KINDS) {
      const suffix = kind.group === '' ? '' : `.${kind.group}`;
      for (const spelling of [kind.plural, kind.singular, kind.kind, ...kind.shortNames]) {
        if (kind.group !== '') assert.equal(catalog.select(spelling + suffix).kind, kind, spelling + suffix);
        assert.ok(catalog.select(spelling).kind.kind === kind.kind, spelling);
      }
    }
  });

  it('reads definitions in their storage version', () => {
    assert.deepEqual(kindFromDefinition(definition), {
      group: 'shop.example.io',
      version: 'v1',
      kind: 'Till',
      plural: 'tills',
      singular: 'till',
      shortNames: ['tl'],
      namespaced: true,
    });
    assert.equal(kindFromDefinition(jsonFrom({ kind: 'CustomResourceDefinition', spec: {} })), undefined);
    assert.equal(kindFromDefinition(jsonFrom({ kind: 'Pod' })), undefined);
  });

  it('guesses the plural of a kind that only objects are known of', () => {
    const catalogOfObjects = new KindCatalog();
    const identity = { version: 'v1', namespace: 'shop', name: 'a' };
    catalogOfObjects.addObject({ ...identity, group: 'x.io', kind: 'Policy' });
    catalogOfObjects.addObject({ ...identity, group: 'x.io', kind: 'Address', namespace: undefined });
    assert.equal(catalogOfObjects.select('policies').kind.namespaced, true);
    assert.equal(catalogOfObjects.select('addresses.x.io').kind.namespaced, false);
  });

  it('reads the words of a command line as kubectl does', () => {
    const parse = (...words: string[]): string[] =>
      parseSelectors(catalog, words).map(({ kind, name }) =>
        name === undefined ? kind.kind : `${kind.kind}/${name}`,
      );
    assert.deepEqual(parse('deploy,svc'), ['Deployment', 'Service']);
    assert.deepEqual(parse('deploy/web', 'svc/api'), ['Deployment/web', 'Service/api']);
    assert.deepEqual(parse('deploy', 'web', 'api'), ['Deployment/web', 'Deployment/api']);
    assert.deepEqual(parse('deploy,sts', 'web'), ['Deployment/web', 'StatefulSet/web']);
    assert.deepEqual(parse('deploy/web', 'cm,secret'), ['Deployment/web', 'ConfigMap', 'Secret']);
    assert.deepEqual(parse(), []);
  });

  it('selects objects', () => {
    const web = { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
    assert.ok(isSelected(catalog.select('deploy/web'), web));
    assert.ok(isSelected(catalog.select('deploy'), web));
    assert.ok(!isSelected(catalog.select('deploy/api'), web));
    assert.ok(!isSelected(catalog.select('deployments.v1beta1.apps'), web));
    assert.ok(!isSelected(catalog.select('sts/web'), web));
  });
});
