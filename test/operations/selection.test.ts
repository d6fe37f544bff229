import assert from 'node:assert/strict';
import { NotFoundError, UsageError } from '../../src/errors.ts';
import { ObjectCatalogue, type ObjectQuery } from '../../src/operations/object-catalogue.ts';
import { selectEntry, selectPaths, walkPaths } from '../../src/operations/selection.ts';
import { formatIdentity } from '../../src/resources/object-path.ts';
import { captureShop, type ShopArchive } from './shop-archive.ts';

let shop: ShopArchive;
before(async () => {
  shop = await captureShop();
});
after(() => shop.remove());

describe('object catalogue', () => {
  async function names(query: ObjectQuery): Promise<string[]> {
    const found: string[] = [];
    for await (const object of new ObjectCatalogue(shop.before).objects(query)) {
      found.push(`${object.namespace ?? '-'}/${formatIdentity(object)}`);
    }
    return found;
  }

  it('lists everything, cluster-scoped objects first', async () => {
    assert.deepEqual(await names({}), [
      '-/namespace/shop',
      '-/customresourcedefinition.apiextensions.k8s.io/basketcases.shop.example',
      '-/clusterrole.rbac.authorization.k8s.io/system:shop',
      'shop/configmap/web',
      'shop/secret/db',
      'shop/deployment.apps/web',
      'shop/deployment.apps/worker',
      'shop/basketcase.shop.example/one',
      'staging/deployment.apps/web',
    ]);
  });

  for (const kind of ['deploy', 'deployment', 'Deployments', 'deployments.apps', 'Deployment.v1.apps']) {
    it(`knows a Deployment as ${kind}`, async () => {
      assert.deepEqual(await names({ kind, namespace: 'shop' }), [
        'shop/deployment.apps/web',
        'shop/deployment.apps/worker',
      ]);
    });
  }

  for (const kind of ['BasketCase', 'basketcases', 'bc', 'bc.shop.example']) {
    it(`knows a custom kind as ${kind}, by its definition in the snapshot`, async () => {
      assert.deepEqual(await names({ kind }), ['shop/basketcase.shop.example/one']);
    });
  }

  it('finds nothing of a kind that Kubernetes has and the snapshot has not', async () => {
    assert.deepEqual(await names({ kind: 'ingress' }), []);
  });

  it('names the nearest kind for one that nobody has', async () => {
    await assert.rejects(names({ kind: 'deploymant' }), { code: 'NOT_FOUND_KIND', message: /deployment/ });
  });

  it('knows when objects were created', async () => {
    for await (const { createdMs } of new ObjectCatalogue(shop.before).objects({
      kind: 'deploy',
      name: 'web',
    })) {
      assert.equal(createdMs, Date.parse('2026-01-02T03:04:05Z'));
    }
  });
});

describe('selection', () => {
  const WEB = '/shop/apps/Deployment/v1/web.yaml';
  const STAGING_WEB = '/staging/apps/Deployment/v1/web.yaml';

  for (const [selection, namespace, paths] of [
    ['deploy/web', undefined, [WEB, STAGING_WEB]],
    ['deploy/web', 'shop', [WEB]],
    ['shop/deploy/web', undefined, [WEB]],
    [
      '_/clusterrole/system:shop',
      undefined,
      ['/_/rbac.authorization.k8s.io/ClusterRole/v1/system:shop.yaml'],
    ],
    ['ns/shop', undefined, ['/_/_/Namespace/v1/shop.yaml']],
    [WEB, undefined, [WEB]],
    ['/shop/apps/', undefined, ['/shop/apps']],
    ['shop/apps', undefined, ['/shop/apps']],
    ['/', undefined, ['/']],
  ] as const) {
    it(`reads ${selection}${namespace === undefined ? '' : ` in ${namespace}`}`, async () => {
      const scope = namespace === undefined ? {} : { namespace };
      assert.deepEqual(await selectPaths(shop.before, [selection], scope), paths);
    });
  }

  it('means everything where nothing is said, and a namespace with its Namespace where only that is', async () => {
    assert.deepEqual(await selectPaths(shop.before, []), ['/']);
    const paths = await selectPaths(shop.before, [], { namespace: 'staging' });
    assert.deepEqual(paths, [STAGING_WEB]);
    const [first, ...rest] = await selectPaths(shop.before, [], { namespace: 'shop' });
    assert.equal(first, '/_/_/Namespace/v1/shop.yaml');
    assert.equal(rest.length, 5);
  });

  for (const selection of ['deploy/none', 'none/deploy/web', '/none', 'a/b/c/d', 'ingress']) {
    it(`finds nothing for ${selection}`, async () => {
      await assert.rejects(selectPaths(shop.before, [selection]), (error: unknown) => {
        assert(error instanceof NotFoundError || error instanceof UsageError);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
    });
  }

  it('refuses two namespaces at once', async () => {
    await assert.rejects(selectPaths(shop.before, ['staging/deploy/web'], { namespace: 'shop' }), UsageError);
  });

  it('lists what a name could mean when one is needed', async () => {
    await assert.rejects(selectEntry(shop.before, 'deploy/web'), {
      code: 'USAGE',
      message: /shop\/deployment\.apps\/web, staging\/deployment\.apps\/web/,
    });
    assert.equal((await selectEntry(shop.before, 'shop/deploy/web')).path, WEB);
  });

  it('walks overlapping paths once', async () => {
    const seen: string[] = [];
    for await (const { path } of walkPaths(shop.before, [
      WEB,
      '/shop/apps',
      WEB,
      '/shop/_',
      '/shop/apps/Deployment',
    ])) {
      seen.push(path);
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(seen.includes(WEB));
    assert.ok(seen.includes('/shop/_/Secret/v1/db.yaml'));
    assert.equal(seen[0], '/shop/_');
  });
});
