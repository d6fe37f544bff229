import assert from 'node:assert/strict';
import { objectFilter } from '../../src/operations/diff-selection.ts';
import {
  objectHistory,
  snapshotState,
  statesHistory,
  type ClusterState,
} from '../../src/operations/history.ts';
import {
  parseLabels,
  searchSnapshot,
  searchSnapshots,
  type SearchQuery,
} from '../../src/operations/search.ts';
import { formatIdentity } from '../../src/resources/object-path.ts';
import { objectPath } from '../../src/resources/object-jsonpath.ts';
import { captureShop, SECRET_VALUE, type ShopArchive } from './shop-archive.ts';

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

  it('keeps clusters apart', async () => {
    const queries = [{ namespace: 'shop', kind: 'deploy', name: 'worker' }];
    const [before, after] = [snapshotState(shop.before, 'a'), snapshotState(shop.after, 'a')];
    const changesOver = async (...states: ClusterState[]): Promise<string[]> => {
      const changes: string[] = [];
      for await (const entry of statesHistory(states, { queries })) {
        assert.ok('change' in entry);
        changes.push(entry.change.change);
      }
      return changes;
    };
    assert.deepEqual(await changesOver(before, { ...after, origin: 'elsewhere' }), ['added']);
    const [one, another] = [
      { ...before, cluster: 'one' },
      { ...after, cluster: 'another' },
    ];
    assert.deepEqual(await changesOver(one, another), ['added']);
    assert.deepEqual(await changesOver(one, after), ['added', 'removed']);
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
  });

  it('finds a value of a Secret where that is asked for, and does not show it', async () => {
    const hits: unknown[] = [];
    const text = (value: string): boolean => value.includes('hunter2');
    for await (const hit of searchSnapshot(shop.after, { text, inSecrets: true })) hits.push(hit);
    assert.equal(hits.length, 1);
    const shown = JSON.stringify(hits);
    assert.match(shown, /"label":"data.password","value":"\(hidden\)"/);
    assert.ok(!shown.includes('hunter2') && !shown.includes(SECRET_VALUE));
    assert.deepEqual(await found({ path: objectPath('{.data.password}') }), ['secret/db']);
  });

  it('finds what a path gives something for, of an object or of a list', async () => {
    const scaled = ['deployment.apps/web'];
    const names = async (path: string): Promise<string[]> =>
      (await found({ path: objectPath(path) })).map((name) => name.trim());
    assert.deepEqual(await names('{.items[?(@.spec.replicas>1)].metadata.name}'), scaled);
    assert.deepEqual(await names('.spec.size'), ['basketcase.shop.example/one']);
    assert.deepEqual(await names('{.metadata.name[3]}'), []);
    for (const path of ['text', '{range .items[*]}{.kind}{end}', '{"x"}', '']) {
      if (path === 'text') assert.deepEqual(await names(path), []);
      else assert.throws(() => objectPath(path), { code: 'USAGE' });
    }
  });

  it('finds what is the same in several snapshots once, in the newest', async () => {
    const hits: string[] = [];
    const kinds = { queries: [{ namespace: 'shop', kind: 'deploy' }] };
    for await (const hit of searchSnapshots(
      [shop.before, shop.after],
      { text: (text) => text === 'apps/v1' },
      kinds,
    )) {
      assert.ok(!('problem' in hit));
      hits.push(`${hit.snapshotId === shop.after.id ? 2 : 1} ${hit.identity.name}`);
    }
    assert.deepEqual(hits, ['2 api', '2 web', '1 web', '1 worker']);
    const ofCustom = { queries: [{ kind: 'bc' }] };
    const customHits: unknown[] = [];
    for await (const hit of searchSnapshots([shop.before, shop.after], { text: () => true }, ofCustom)) {
      customHits.push(hit);
    }
    assert.equal(customHits.length, 1);
  });
});
