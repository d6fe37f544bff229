/** Lists are cut into their items byte for byte, however they arrive. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ListSplitter } from '../../../src/connectors/kubernetes/list-splitter.ts';

/** Items and envelope of `text`, pushed in pieces of the given lengths, over and over. */
function split(text: string, lengths: readonly number[]): { items: string[]; envelope: unknown } {
  const bytes = Buffer.from(text);
  const splitter = new ListSplitter();
  const items: string[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const end = start + (lengths[turn % lengths.length] ?? 1);
    items.push(...splitter.push(bytes.subarray(start, end)).map(String));
    start = end;
  }
  return { items, envelope: splitter.envelope() };
}

describe('list splitter', () => {
  it('gives the bytes of every item for any list in any pieces', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    const item = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(item), fc.constantFrom(0, 2), lengths, (items, indent, pieces) => {
        const list = { kind: 'List', metadata: { items: ['no item'], continue: '"items":[' }, items };
        const text = JSON.stringify(list, undefined, indent);
        const result = split(text, pieces);
        assert.deepEqual(result.envelope, { ...list, items: [] });
        assert.deepEqual(
          result.items.map((text) => JSON.parse(text) as unknown),
          JSON.parse(JSON.stringify(items)),
        );
        // What is not parsed must not be changed either.
        let offset = 0;
        for (const found of result.items) {
          offset = text.indexOf(found, offset);
          assert.ok(offset >= 0, 'the item is a part of the list');
        }
      }),
    );
  });

  it('keeps numbers and escapes as they are written', () => {
    const item = '{"n":12345678901234567890.10e+5,"s":"\\u0041\\/\\\\\\"]}{["}';
    assert.deepEqual(split(`{"items": [${item} , ${item}],"metadata":{}}`, [7]).items, [item, item]);
  });

  it('takes lists without items', () => {
    assert.deepEqual(split('{"kind":"PodList","items":null,"metadata":{"resourceVersion":"7"}}', [3]), {
      items: [],
      envelope: { kind: 'PodList', items: null, metadata: { resourceVersion: '7' } },
    });
    assert.deepEqual(split('{"items":[]}', [1]).items, []);
  });

  for (const [name, text] of [
    ['broken off in an item', '{"items":[{"a":1'],
    ['broken off after an item', '{"items":[{"a":1},'],
    ['empty', ''],
    ['an array', '[]'],
    ['no JSON around the items', '{items:[{}]}'],
    ['closed too often', '}'],
    ['nested too deep', '['.repeat(5000)],
  ] as const) {
    it(`refuses what is ${name}`, () => {
      assert.throws(() => split(text, [10]), {
        code: 'CONNECTOR_FAILED',
        message: /a list that cannot be read/,
      });
    });
  }
});
