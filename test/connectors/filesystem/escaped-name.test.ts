import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  escapeCollision,
  escapeName,
  foldName,
  unescapeName,
} from '../../../src/connectors/filesystem/escaped-name.ts';

const WINDOWS: readonly (readonly [name: string, escaped: string])[] = [
  ['system:node.yaml', 'system%3Anode.yaml'],
  ['a<b>c"d|e?f*g\\h', 'a%3Cb%3Ec%22d%7Ce%3Ff%2Ag%5Ch'],
  ['tab\there', 'tab%09here'],
  ['CON', '%43ON'],
  ['con.yaml', '%63on.yaml'],
  ['nul .txt', '%6Eul .txt'],
  ['COM1', '%43OM1'],
  ['lpt\u00b9', '%6Cpt\u00b9'],
  ['COM10', 'COM10'],
  ['CONSOLE', 'CONSOLE'],
  ['trailing.', 'trailing%2E'],
  ['trailing ', 'trailing%20'],
  ['..', '.%2E'],
  ['100%', '100%'],
  ['100%25', '100%2525'],
  ['a%zz', 'a%zz'],
  ['plain-name_1.yaml', 'plain-name_1.yaml'],
  ['gr\u00fc\u00dfe \ud83d\ude00', 'gr\u00fc\u00dfe \ud83d\ude00'],
];

const anyName = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom(...Array.from('%%2aA5C:.<> con\u00b9/')),
      minLength: 1,
      maxLength: 10,
    }),
  )
  .map((name) => name.replaceAll(/[/\0]/g, '_'));

describe('escaped names', () => {
  for (const [name, escaped] of WINDOWS) {
    it(`writes ${JSON.stringify(name)} as ${escaped} on Windows, and back`, () => {
      assert.equal(escapeName(name, 'win32'), escaped);
      assert.equal(unescapeName(escaped), name);
    });
  }

  for (const platform of ['linux', 'darwin'] as const) {
    it(`leaves every name as it is on ${platform}`, () => {
      for (const [name] of WINDOWS) assert.equal(escapeName(name, platform), name);
    });
  }

  it('gives every name a form that Windows can hold, and the name back', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const escaped = escapeName(name, 'win32');
        assert.equal(unescapeName(escaped), name);
        assert.doesNotMatch(escaped, /[<>:"/\\|?*]|[. ]$/);
        assert.doesNotMatch(escaped, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        assert.ok(Array.from(escaped).every((character) => character >= ' '));
      }),
    );
  });

  for (const platform of ['win32', 'darwin'] as const) {
    it(`tells names apart that ${platform} takes for the same`, () => {
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.oneof(anyName, fc.constantFrom('a', 'A', '%41', '%61', 'aB', 'Ab'))),
          (names) => {
            const taken = new Set<string>();
            const written = names.map((name) => {
              const escaped = escapeCollision(name, platform, taken);
              if (escaped === undefined) {
                // Only where literal names look like escapes, which Windows' names never do.
                assert.equal(platform, 'darwin');
                return `no form for ${name}`;
              }
              taken.add(foldName(escaped, platform));
              if (escaped !== name) assert.equal(unescapeName(escaped), name);
              return foldName(escaped, platform);
            });
            assert.equal(new Set(written).size, names.length);
          },
        ),
      );
    });
  }

  it('does not collide on Linux', () => {
    assert.equal(escapeCollision('A', 'linux', new Set(['a'])), 'A');
    assert.equal(escapeCollision('A', 'darwin', new Set(['a'])), '%41');
    assert.equal(escapeCollision('\u00e9', 'darwin', new Set(['e\u0301'])), '%C3%A9');
  });

  it('says when no form is left', () => {
    assert.equal(escapeCollision('A', 'win32', new Set(['A', '%41'])), undefined);
  });
});
