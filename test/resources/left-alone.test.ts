import assert from 'node:assert/strict';
import { formatPath, LeftAloneSearch } from '../../src/resources/left-alone.ts';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { mapObject } from '../../src/resources/map-object.ts';
import { knowledgeOf, MOVED, shopObjects } from './moving-shop.ts';

describe('what a mapping leaves alone', () => {
  function leftIn(object: object): string[] {
    const before = jsonFrom(object) as JsonObject;
    const context = { mapping: MOVED, ...knowledgeOf([...shopObjects(), before]) };
    return new LeftAloneSearch(context)
      .places(before, mapObject(before, context))
      .map(({ place, holds }) => `${place}: ${holds}`);
  }
  const metadata = { name: 'a', namespace: 'shop' };

  it('is said line by line, with what was mapped left out', () => {
    const data = { 'app.yaml': 'url: http://db.shop.svc/\nnamespace: shop\nother: workshop', plain: 'shop' };
    assert.deepEqual(leftIn({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }), [
      'data[app.yaml] line 2: namespace shop',
      'data.plain: namespace shop',
    ]);
  });

  it('names the place in a Secret, not what is there', () => {
    const secret = 'hunter2 for db.shop.svc';
    const data = { url: Buffer.from(secret).toString('base64') };
    const found = leftIn({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    assert.deepEqual(found, ['data.url: namespace shop']);
    assert.ok(!found.join().includes('hunter2'));
  });

  it('covers annotations, arguments, Helm releases and custom resources, and nothing that has a meaning of its own', () => {
    assert.deepEqual(
      leftIn({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { ...metadata, annotations: { 'team.example.org/home': 'shop' }, labels: { app: 'shop' } },
        spec: {
          selector: { matchLabels: { app: 'shop' } },
          template: {
            spec: {
              schedulerName: 'shop',
              containers: [{ name: 'shop', args: ['--tenant', 'shop', '--from=quay.io/x'] }],
            },
          },
        },
      }),
      [
        'metadata.annotations[team.example.org/home]: namespace shop',
        'spec.template.spec.containers[0].args[1]: namespace shop',
        'spec.template.spec.containers[0].args[2]: registry quay.io',
      ],
    );
    assert.deepEqual(
      leftIn({
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'helm.sh/release.v1',
        metadata: { ...metadata, labels: { owner: 'helm' } },
        data: { release: 'H4sI' },
      }),
      ['data.release: the manifests of a Helm release'],
    );
    assert.deepEqual(
      leftIn({
        apiVersion: 'stores.example.com/v1',
        kind: 'Backup',
        metadata,
        spec: { labels: { of: 'shop' } },
      }),
      ['spec.labels.of: namespace shop'],
    );
  });

  it('writes places as people do', () => {
    assert.equal(formatPath(['metadata', 'annotations', 'a.b/c']), 'metadata.annotations[a.b/c]');
    assert.equal(formatPath(['spec', 'rules', 0, 'host']), 'spec.rules[0].host');
  });
});
