import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { parseJson, stringifyJson } from '../../src/resources/json-text.ts';
import type { JsonValue } from '../../src/resources/json-value.ts';
import { parseBlockYaml } from '../../src/resources/yaml-block-parse.ts';
import { composeYaml } from '../../src/resources/yaml-compose.ts';
import { yamlFromJson } from '../../src/resources/yaml-emit.ts';
import { jsonFromYaml } from '../../src/resources/yaml-parse.ts';
import { TRAPS, jsonValue } from './json-arbitrary.ts';

const inObject = (value: JsonValue): JsonValue =>
  new Map<string, JsonValue>([
    ['key', value],
    ['list', [value, [value]]],
  ]);

describe('YAML made from JSON', () => {
  it('gives the same JSON back', () => {
    fc.assert(
      fc.property(jsonValue(false), (value) => {
        const json = stringifyJson(value);
        assert.deepEqual(
          jsonFromYaml(yamlFromJson(value)).map((read) => stringifyJson(read)),
          [json],
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('is read alike by the complete and the fast reader', () => {
    fc.assert(
      fc.property(jsonValue(false).map(inObject), (value) => {
        const yaml = yamlFromJson(value);
        assert.deepEqual(composeYaml(yaml), [value]);
        const fast = parseBlockYaml(yaml);
        if (fast !== undefined) assert.deepEqual(fast, value);
      }),
      { numRuns: 1000 },
    );
  });

  it('is read alike by a YAML 1.2 core reader and by a YAML 1.1 reader', () => {
    fc.assert(
      fc.property(jsonValue(true).map(inObject), (value) => {
        const yaml = yamlFromJson(value);
        const expected: unknown = JSON.parse(stringifyJson(value), (_, item: unknown) =>
          Object.is(item, -0) ? 0 : item,
        );
        for (const version of ['1.2', '1.1'] as const) {
          const read: unknown = parseYaml(yaml, {
            version,
            merge: true,
            uniqueKeys: false,
            logLevel: 'silent',
          });
          assert.deepEqual(JSON.parse(JSON.stringify(read)), expected, version);
        }
      }),
      { numRuns: 500 },
    );
  });

  for (const trap of TRAPS) {
    it(`keeps ${JSON.stringify(trap).slice(0, 40)} as value, key and item`, () => {
      const value = new Map<string, JsonValue>([
        [trap, trap],
        [`${trap}.`, [trap, new Map([[trap, trap]])]],
      ]);
      assert.deepEqual(jsonFromYaml(yamlFromJson(value)), [value]);
      assert.deepEqual(composeYaml(yamlFromJson(value)), [value]);
    });
  }

  it('has one document without a separator, which ends with a line feed', () => {
    fc.assert(
      fc.property(jsonValue(false), (value) => {
        const yaml = yamlFromJson(value);
        assert.ok(yaml.endsWith('\n'));
        assert.doesNotMatch(yaml, /(?<![^\n])---/);
      }),
    );
  });

  it("looks as kubectl's", () => {
    const json =
      '{"apiVersion":"v1","items":[{"a":[],"b":{},"c":null,"d":[[1,[2]],["x"]]}],"verbs":["*","get"],"on":"yes","port":"8080",' +
      '"quantity":"1.5","ip":"10.0.0.1","date":"2025-01-01","note":"a: b","empty":"","text":"a\\n\\nb\\n","cut":"a\\nb",' +
      '"more":"a\\n\\n","lead":"  a\\nb\\n","trail":"a \\nb","tab":"a\\tb","big":12345678901234567890,"float":1.0,"bool":true}';
    assert.equal(
      yamlFromJson(parseJson(json)),
      `apiVersion: v1
items:
- a: []
  b: {}
  c: null
  d:
  - - 1
    - - 2
  - - x
verbs:
- '*'
- get
"on": "yes"
port: "8080"
quantity: "1.5"
ip: 10.0.0.1
date: "2025-01-01"
note: 'a: b'
empty: ""
text: |
  a

  b
cut: |-
  a
  b
more: |+
  a

lead: |2
    a
  b
trail: "a \\nb"
tab: "a\\tb"
big: 12345678901234567890
float: 1.0
bool: true
`,
    );
  });

  it('is taken by the fast reader where it comes from an ordinary object', () => {
    const json =
      '{"metadata":{"name":"a","annotations":{"x":"{\\"a\\": 1}\\n"}},"spec":{"args":["-c","it\'s: #1"],"n":[]}}';
    assert.deepEqual(parseBlockYaml(yamlFromJson(parseJson(json))), parseJson(json));
  });
});

describe('the fast reader', () => {
  const lines = fc.constantFrom(
    ...[
      'a: 1',
      'a:',
      '- a',
      '- a: 1',
      '  b: 2',
      '  - c',
      '    d: e',
      'x: |',
      '  text',
      'y: "q"',
      "z: 's'",
      'k: {}',
      '- - n',
      '# c',
    ],
    ...[
      '',
      '  ',
      'm: &a b',
      'n: *a',
      'a: b: c',
      '? q',
      ': r',
      '---',
      '"a": 1',
      "'a': 1",
      'a: |-',
      'a: |2',
      'b: >',
      '   odd: 1',
      '- |',
      '\t',
    ],
  );
  it('agrees with the complete reader on whatever it takes', () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 8 }), (picked) => {
        const text = `${picked.join('\n')}\n`;
        const fast = parseBlockYaml(text);
        if (fast !== undefined) assert.deepEqual(composeYaml(text), [fast], text);
      }),
      { numRuns: 5000 },
    );
  });
});
