/** The table of names against a Map. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareUtf8 } from '../../src/format/bytes.ts';
import { NameTable } from '../../src/format/name-table.ts';
import { withCode } from './expected-error.ts';

/** Of few characters, so that repetition and equal beginnings are the rule: ASCII, UTF-8 of two to four bytes, and what is not UTF-8. */
const names = fc.string({
  unit: fc.constantFrom('a', 'b', '\u{7f}', '\u{e9}', '\u{ffee}', '\u{1f600}', '\udc80'),
  maxLength: 4,
});
const items = fc.array(fc.record({ group: fc.nat(5), name: names, value: fc.integer() }), { maxLength: 400 });

describe('name table', () => {
  it('holds what a Map would hold, in order of insertion', () => {
    fc.assert(
      fc.property(items, fc.integer(), (added, seed) => {
        const table = new NameTable(seed);
        const expected = new Map<string, (typeof added)[number]>();
        for (const item of added) {
          table.set(item.group, item.name, item.value);
          expected.set(`${item.group}:${item.name}`, item);
        }
        assert.equal(table.count, expected.size);
        for (const [index, item] of [...expected.values()].entries()) {
          assert.equal(table.find(item.group, item.name), index);
          assert.equal(table.find(6, item.name), -1);
          assert.equal(table.find(item.group, `${item.name}c`), -1);
          const found = { group: table.group(index), name: table.name(index), value: table.value(index) };
          assert.deepEqual(found, { ...item });
        }
      }),
    );
  });

  it('gives each group in the order of its bytes, in whatever order it came', () => {
    fc.assert(
      fc.property(items, fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), (added, groups) => {
        const table = new NameTable(1);
        for (const { group, name, value } of added) table.set(group, name, value);
        const order = Array.from(table.inOrder(groups), (at) => `${table.group(at)}:${table.name(at)}`);
        const expected = groups.flatMap((group) => {
          const inGroup = added.filter((item) => item.group === group).map(({ name }) => name);
          return [...new Set(inGroup)].sort(compareUtf8).map((name) => `${group}:${name}`);
        });
        assert.deepEqual(order, expected);
      }),
    );
  });

  it('grows beyond a page of names and of their bytes', () => {
    const table = new NameTable(7);
    const longest = 'n'.repeat(65_530);
    for (let number = 0; number < 10; number++) table.set(2, `${longest}${number}`, number);
    for (let number = 0; number < 40_000; number++) table.set(1, `event-${number}`, -number);
    for (let number = 0; number < 40_000; number++) {
      const index = table.find(1, `event-${number}`);
      assert.equal(index, 10 + number);
      assert.equal(table.value(index), -number || 0);
    }
    for (let number = 0; number < 10; number++) assert.equal(table.name(number), `${longest}${number}`);
  });

  it('finds names that come in order, the last and those before', () => {
    fc.assert(
      fc.property(items, fc.nat(), (unordered, looked) => {
        const ordered = [...unordered].sort((one, two) => compareUtf8(one.name, two.name));
        const table = new NameTable(5);
        const expected = new Map<string, number>();
        for (const { group, name, value } of ordered) {
          const key = `${group}:${name}`;
          const index = expected.get(key) ?? expected.size;
          assert.equal(table.find(group, name), expected.get(key) ?? -1);
          table.set(group, name, value);
          assert.equal(table.value(index), value);
          expected.set(key, index);
        }
        // Whichever is looked for first, all others are found behind it.
        for (let count = 0; count < ordered.length; count++) {
          const item = ordered[(looked + count) % ordered.length];
          assert.ok(item !== undefined);
          assert.equal(table.find(item.group, item.name), expected.get(`${item.group}:${item.name}`));
          assert.equal(table.find(item.group, `${item.name}c`), -1);
        }
      }),
    );
  });

  it('refuses a name that no path can have', () => {
    const table = new NameTable(0);
    assert.throws(() => {
      table.set(0, 'n'.repeat(65_536), 0);
    }, withCode('FORMAT_LIMIT'));
    assert.equal(table.count, 0);
  });
});
