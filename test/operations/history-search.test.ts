import assert from 'node:assert/strict';
import { objectFilter } from '../../src/operations/diff-selection.ts';
import { objectHistory } from '../../src/operations/history.ts';
import { parseLabels, searchSnapshot, type SearchQuery } from '../../src/operations/search.ts';
import { formatIdentity } from '../../src/resources/object-path.ts';
import { captureShop, type ShopArchive } from './shop-archive.ts';

describe('history and search', () => {
  let shop: ShopArchive;
  before(async () => {
    shop = await captureShop();
  });
  after(() => shop.remove());

  it('tells when an object was there, what changed, and when it was gone', async () => {
    const isSelected = objectFilter([{ namespace: 'shop', kind: 'deploy' }]);
    const lines: string[] = [];
    for await (const entry of objectHistory([shop.after, shop.before], isSelected)) {
      const { change, identity, changes } = entry.change;
      const labels = changes.map(({ label }) => label).join(' ');
      lines.push(
        `${entry.snapshotId === shop.before.id ? 1 : 2} ${change} ${identity.name} ${labels}`.trim(),
      );
    }
    assert.deepEqual(lines.sort(), [
      '1 added web',
      '1 added worker',
      '2 added api',
      '2 changed web spec.replicas',
      '2 removed worker',
    ]);
  });

  async function found(query: SearchQuery): Promise<string[]> {
    const names: string[] = [];
    for await (const hit of searchSnapshot(shop.after, query)) {
      assert.ok(!('problem' in hit));
      names.push(`${formatIdentity(hit.identity)} ${hit.places.map(({ label }) => label).join(' ')}`.trim());
    }
    return names;
  }

  it('finds text in values and names of fields, but no value of a Secret', async () => {
    assert.deepEqual(await found({ text: (text) => text === 'spec.size' }), [
      'basketcase.shop.example/one spec.size',
    ]);
    assert.deepEqual(await found({ text: (text) => text.includes('hunter2') }), []);
    assert.deepEqual(await found({ text: (text) => text === 'data.password' }), ['secret/db data.password']);
    assert.deepEqual(await found({ labels: parseLabels('app=web') }), []);
    assert.deepEqual(
      [...parseLabels('a=b, c,d==e')],
      [
        ['a', 'b'],
        ['c', undefined],
        ['d', 'e'],
      ],
    );
  });
});
