/** What a URI and a selection mean. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nextLimit } from '../../../src/connectors/kubernetes/collection-list.ts';
import { parseClusterUri } from '../../../src/connectors/kubernetes/cluster-uri.ts';
import { openKubernetesExporter, openKubernetesImporter } from '../../../src/connectors/kubernetes/index.ts';
import {
  KindSelection,
  leftOutByDefault,
  pathFilter,
  selectsNamespace,
} from '../../../src/connectors/kubernetes/selection.ts';
import { BUILT_IN_KINDS, type KindDefinition } from '../../../src/resources/built-in-kinds.ts';

describe('k8s URI', () => {
  const eks = 'arn:aws:eks:eu-central-1:1:cluster/prod';
  const table: readonly (readonly [
    uri: string,
    context: string | undefined,
    namespace: string | undefined,
  ])[] = [
    ['k8s://', undefined, undefined],
    ['k8s:///web', undefined, 'web'],
    ['k8s://prod', 'prod', undefined],
    ['k8s://prod/', 'prod', undefined],
    ['k8s://prod/web', 'prod', 'web'],
    [`k8s://${eks}`, eks, undefined],
    [`k8s://${eks}/web`, eks, 'web'],
    [`k8s://${encodeURIComponent('new/one')}`, 'new', 'one'],
    ['k8s://jane@cluster.test:6443', 'jane@cluster.test:6443', undefined],
  ];
  for (const [uri, context, namespace] of table) {
    it(`${uri} is context ${context ?? '-'} and namespace ${namespace ?? '-'}`, () => {
      assert.deepEqual(parseClusterUri(uri, ['prod', eks, 'arn:aws:eks:eu-central-1:1:cluster']), {
        context,
        namespace,
      });
    });
  }

  for (const uri of ['k8s:prod', 'k8s://prod/a/b', 'k8s://prod/Web', 'k8s://prod/a.b', 'k8s://%zz']) {
    it(`${uri} is refused`, () => {
      assert.throws(() => parseClusterUri(uri, ['prod']), { code: 'USAGE' });
    });
  }
});

describe('what is named twice', () => {
  let directory: string;
  let kubeconfig: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'k8s-twice-'));
    kubeconfig = path.join(directory, 'config');
    const contexts = ['prod', 'staging'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } }));
    const clusters = [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }];
    const users = [{ name: 'u', user: { token: 't' } }];
    await writeFile(kubeconfig, JSON.stringify({ clusters, contexts, users, 'current-context': 'prod' }));
  });
  after(() => rm(directory, { recursive: true }));

  for (const [uri, options, problem] of [
    ['k8s://prod', { context: 'staging' }, /^k8s:\/\/prod names another context than staging; leave one/],
    [
      'k8s://prod/web',
      { namespaces: ['db'] },
      /^k8s:\/\/prod\/web names another namespace than db; leave one/,
    ],
    ['k8s:///web', { namespaces: ['web', 'db'] }, /another namespace than web, db/],
  ] as const) {
    it(`is refused where it differs: ${uri} and ${JSON.stringify(options)}`, async () => {
      const refused = { code: 'USAGE', message: problem };
      await assert.rejects(openKubernetesImporter(uri, { kubeconfig, ...options }), refused);
      if (!('context' in options)) return;
      await assert.rejects(openKubernetesExporter(uri, { kubeconfig, ...options }), refused);
    });
  }

  it('is taken where it is the same', async () => {
    const options = { kubeconfig, context: 'staging', namespaces: ['web'] };
    const importer = await openKubernetesImporter('k8s://staging/web', options);
    assert.equal(importer.origin, 'https://127.0.0.1:9');
    await importer.close();
  });
});

describe('selection', () => {
  const crontab: KindDefinition = {
    group: 'stable.test',
    version: 'v1',
    kind: 'CronTab',
    plural: 'crontabs',
    singular: 'crontab',
    shortNames: ['ct'],
    namespaced: true,
  };
  const kind = (name: string): KindDefinition => {
    const found = [...BUILT_IN_KINDS, crontab].find((candidate) => candidate.kind === name);
    assert.ok(found, name);
    return found;
  };
  const names = (selection: ConstructorParameters<typeof KindSelection>[0]): string[] => {
    const chosen = new KindSelection(selection, [...BUILT_IN_KINDS, crontab]);
    return ['ConfigMap', 'Deployment', 'Lease', 'CronTab', 'Ingress'].filter(
      (name) => chosen.omission(kind(name)) === undefined,
    );
  };

  it('leaves out heartbeats and what is computed, unless they are named', () => {
    assert.deepEqual(names({}), ['ConfigMap', 'Deployment', 'CronTab', 'Ingress']);
    assert.deepEqual(names({ kinds: ['leases'] }), ['Lease']);
    assert.equal(leftOutByDefault({ group: '', plural: 'events' }), undefined);
    assert.equal(leftOutByDefault({ group: '', plural: 'componentstatuses' }), 'computed, not stored');
  });

  it('takes kinds as kubectl takes them, also custom ones', () => {
    assert.deepEqual(names({ kinds: ['deploy,cm', 'ct', 'ingresses.networking.k8s.io'] }), [
      'ConfigMap',
      'Deployment',
      'CronTab',
      'Ingress',
    ]);
    assert.deepEqual(names({ excludeKinds: ['deployments.apps', 'ct'] }), ['ConfigMap', 'Ingress']);
    assert.throws(() => names({ kinds: ['crontabz.other.test'] }), { code: 'NOT_FOUND_KIND' });
  });

  it('takes single objects', () => {
    const chosen = new KindSelection({ kinds: ['deploy/web'] }, BUILT_IN_KINDS);
    const object = { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'a' };
    assert.equal(chosen.selects({ ...object, name: 'web' }), true);
    assert.equal(chosen.selects({ ...object, name: 'api' }), false);
  });

  it('tests paths against globs', () => {
    const filter = pathFilter({ include: ['/web/**', '**/ConfigMap/**'], exclude: ['*-cache.yaml'] });
    assert.equal(filter('/web/apps/Deployment/v1/api.yaml'), true);
    assert.equal(filter('/db/_/ConfigMap/v1/x.yaml'), true);
    assert.equal(filter('/db/_/Secret/v1/x.yaml'), false);
    assert.equal(filter('/web/_/ConfigMap/v1/my-cache.yaml'), false);
    assert.equal(pathFilter({ include: ['/we?/_'] })('/web/_/Secret/v1/a.yaml'), true);
    assert.equal(pathFilter({ include: ['/w.b'] })('/web/_/Secret/v1/a.yaml'), false);
  });

  it('restricts namespaces', () => {
    const selection = { namespaces: ['a', 'b'], excludeNamespaces: ['b'] };
    assert.deepEqual(
      ['a', 'b', 'c'].filter((name) => selectsNamespace(selection, name)),
      ['a'],
    );
  });
});

describe('size of a page', () => {
  it('aims at a few megabytes, in steps and within bounds', () => {
    assert.equal(nextLimit(500, 4096), 1024);
    assert.equal(nextLimit(500, 100), 2000);
    assert.equal(nextLimit(4000, 100), 5000);
    assert.equal(nextLimit(500, 1024 * 1024), 20);
  });
});
