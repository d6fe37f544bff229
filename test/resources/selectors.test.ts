import assert from 'node:assert/strict';
import { isJsonObject, jsonFrom } from '../../src/resources/json-value.ts';
import {
  formatLabelSelector,
  labelSelectorFrom,
  matchesLabels,
  parseLabelSelector,
} from '../../src/resources/label-selector.ts';
import { selectorsOf } from '../../src/resources/selectors.ts';

const WEB = new Map([
  ['app', 'web'],
  ['env', 'prod'],
]);

describe('label selectors', () => {
  for (const [text, holds] of [
    ['', true],
    ['app=web', true],
    ['app==web,env=prod', true],
    ['app!=web', false],
    ['tier!=cache', true],
    ['env in (prod, test)', true],
    ['env notin (prod,test)', false],
    ['tier notin (cache)', true],
    ['app', true],
    ['tier', false],
    ['!tier', true],
    ['!app,env', false],
    ['app = web , env', true],
    ['app=', false],
  ] as const) {
    it(`"${text}" selects ${holds ? 'it' : 'it not'}`, () => {
      assert.equal(matchesLabels(parseLabelSelector(text), WEB), holds);
    });
  }

  it('refuses what is none', () => {
    for (const text of ['=', 'a=b=c', 'a in', 'a in (b', '!', 'a b', ',a']) {
      assert.throws(() => parseLabelSelector(text), { code: 'USAGE' }, text);
    }
  });

  it('reads and prints those of objects', () => {
    const object = jsonFrom({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'env', operator: 'In', values: ['prod', 'test'] },
        { key: 'canary', operator: 'DoesNotExist' },
      ],
    });
    assert.ok(isJsonObject(object));
    const selector = labelSelectorFrom(object);
    assert.equal(formatLabelSelector(selector), 'app=web,env in (prod,test),!canary');
    assert.deepEqual(parseLabelSelector(formatLabelSelector(selector)), selector);
    assert.ok(matchesLabels(selector, WEB));
  });
});

describe('selectors of objects', () => {
  it('finds those of Services, which select nothing where they are empty', () => {
    const service = (selector: object): object => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'shop' },
      spec: { selector },
    });
    const [found, ...others] = selectorsOf(jsonFrom(service({ app: 'web' })));
    assert.deepEqual(others, []);
    assert.ok(found);
    assert.equal(found.namespace, 'shop');
    assert.equal(formatLabelSelector(found.selector), 'app=web');
    assert.deepEqual(selectorsOf(jsonFrom(service({}))), []);
  });

  it('reads the peers of a NetworkPolicy with their namespaces', () => {
    const policy = jsonFrom({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'n', namespace: 'shop' },
      spec: {
        podSelector: {},
        ingress: [
          {
            from: [
              { podSelector: { matchLabels: { app: 'a' } } },
              {
                podSelector: { matchLabels: { app: 'b' } },
                namespaceSelector: { matchLabels: { team: 't' } },
              },
            ],
          },
        ],
      },
    });
    const found = selectorsOf(policy).map(
      ({ role, kind, namespace, selector }) =>
        `${role} ${kind} ${typeof namespace === 'object' ? formatLabelSelector(namespace) : (namespace ?? '-')}: ${formatLabelSelector(selector)}`,
    );
    assert.deepEqual(found, [
      'policy Pod shop: <none>',
      'peer Pod shop: app=a',
      'peer Pod team=t: app=b',
      'namespaces Namespace -: team=t',
    ]);
  });
});
