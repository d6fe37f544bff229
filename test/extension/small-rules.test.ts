import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import {
  addressKey,
  addressOf,
  archiveKeyOf,
  CLEANED_SCHEME,
  uriPartsOf,
} from '../../src/extension/archive-uri.ts';
import { compareKinds } from '../../src/extension/kind-table.ts';
import { NameFilter } from '../../src/extension/name-filter.ts';
import { shownLocation } from '../../src/extension/node-text.ts';
import { isProtectedContext } from '../../src/extension/protected-context.ts';
import { parseSearch } from '../../src/extension/search-results.ts';
import { shellWord } from '../../src/extension/shell-word.ts';

describe('rules of the explorer', () => {
  it('addresses come back from their URIs, in every scheme of ours', () => {
    const archiveKey = archiveKeyOf('/srv/prod.ptar');
    assert.match(archiveKey, /^[0-9a-f]{16}$/);
    for (const path of [
      '/',
      '/shop/apps/Deployment/v1/web.yaml',
      '/_/_/ClusterRole/v1/system:node %25.yaml',
    ]) {
      const address = { archiveKey, snapshotId: '0123456789ab', path };
      assert.deepEqual(addressOf(uriPartsOf(address)), address);
      assert.deepEqual(addressOf(uriPartsOf(address, CLEANED_SCHEME)), address);
      assert.equal(addressKey(address), addressKey({ ...address, snapshotId: `${address.snapshotId}ffff` }));
    }
    assert.deepEqual(addressOf({ scheme: 'ptar', authority: archiveKey, path: '/' }), {
      archiveKey,
      snapshotId: '',
      path: '/',
    });
    assert.equal(addressOf({ scheme: 'file', authority: archiveKey, path: '/' }), undefined);
    assert.equal(addressOf({ scheme: 'ptar', authority: 'x', path: '/' }), undefined);
    assert.equal(addressOf({ scheme: 'ptar', authority: archiveKey, path: '/../etc' }), undefined);
  });

  it('contexts are protected by patterns that mean the whole name', () => {
    assert.equal(isProtectedContext('prod-eu', ['prod-*']), true);
    assert.equal(isProtectedContext('my-prod-eu', ['prod-*']), false);
    assert.equal(isProtectedContext('prod.eu', ['prod?eu']), false);
    assert.equal(isProtectedContext('arn:aws:eks:x:cluster/prod', ['*/prod']), true);
    assert.equal(isProtectedContext('anything', ['*']), true);
    assert.equal(isProtectedContext('prod', []), false);
  });

  it('filters want every word, whatever its case', () => {
    assert.equal(new NameFilter('web SHOP').accepts('/shop/apps/Deployment/v1/web.yaml'), true);
    assert.equal(new NameFilter('web other').accepts('/shop/apps/Deployment/v1/web.yaml'), false);
    assert.equal(new NameFilter('   ').isEmpty, true);
  });

  it('kinds stand in the order of kubectl get all, the others by name', () => {
    const kinds = [
      'Secret',
      'Deployment.apps',
      'ConfigMap',
      'Job.batch',
      'Pod',
      'Service',
      'Zebra.example.com',
    ];
    const names = kinds.map((name) => {
      const [kind = '', ...group] = name.split('.');
      return { kind, group: group.join('.') };
    });
    const sorted = names.toSorted(compareKinds).map(({ kind }) => kind);
    assert.deepEqual(sorted, ['Pod', 'Service', 'Deployment', 'Job', 'ConfigMap', 'Secret', 'Zebra']);
  });

  it('searches are read as they were typed', () => {
    assert.equal(parseSearch('image:nginx').image?.('docker.io/NGINX:1'), true);
    assert.ok(parseSearch('label:app=web').labels !== undefined);
    assert.equal(parseSearch('needle').text?.('a NEEDLE here'), true);
  });

  it('locations are shown without what proves who asks', () => {
    assert.equal(shownLocation('https://me:pw@example.com/a.ptar?signature=1'), 'https://example.com/a.ptar');
    assert.equal(shownLocation('/srv/a.ptar'), '/srv/a.ptar');
  });

  it('a shell reads words as they are', function () {
    if (process.platform === 'win32') this.skip(); // There is no sh.
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((word) => !word.includes('\0')),
        (word) => {
          const { stdout } = spawnSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' });
          assert.equal(stdout, word.isWellFormed() ? word : stdout);
        },
      ),
      { numRuns: 25 },
    );
  });
});
