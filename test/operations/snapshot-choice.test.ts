import assert from 'node:assert/strict';
import { UsageError } from '../../src/errors.ts';
import { chooseSnapshot, parseSnapshotChoice } from '../../src/operations/snapshot-choice.ts';
import { captureShop, type ShopArchive } from './shop-archive.ts';

describe('snapshot choice', () => {
  let shop: ShopArchive;
  before(async () => {
    shop = await captureShop();
  });
  after(() => shop.remove());

  it('takes ages, indexes and ids', async () => {
    const { archive, before: first, after: second } = shop;
    for (const [text, id] of [
      [undefined, second.id],
      ['latest', second.id],
      ['latest~0', second.id],
      ['latest~1', first.id],
      ['1', first.id],
      ['2', second.id],
      [first.id, first.id],
      [second.id.slice(0, 8).toUpperCase(), second.id],
    ] as const) {
      assert.equal((await chooseSnapshot(archive, text)).id, id, text);
    }
  });

  for (const text of ['3', 'latest~2', '0123456789abcdef']) {
    it(`finds no ${text}`, async () => {
      await assert.rejects(chooseSnapshot(shop.archive, text), { code: 'NOT_FOUND_SNAPSHOT' });
    });
  }

  for (const text of ['', '0', 'newest', 'latest~', 'latest~-1', 'abc', '-1', '1.5', 'a'.repeat(65)]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseSnapshotChoice(text), UsageError);
    });
  }

  it('never takes an index for an id', () => {
    assert.deepEqual(parseSnapshotChoice('12345'), { by: 'index', index: 12_345 });
    assert.deepEqual(parseSnapshotChoice('123456'), { by: 'id', prefix: '123456' });
  });
});
